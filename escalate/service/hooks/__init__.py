"""CDS Hooks 2.0.1: two services of one provider, for a chart that is opened and an order that is selected.

Nothing is changed in a record: there are no system actions, and what a card suggests a person accepts.
"""
