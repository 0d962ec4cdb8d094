"""What a condition says: text (`parse`), tree (`tree`), meaning (`evaluate`), words (`describe`).

In come nodes with positions and the names a condition may use; out go typed trees and Kleene truths.
The room knows neither rules nor patients: a fact is a name with a value, a finding a name with a truth.
"""
