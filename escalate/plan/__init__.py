"""What carrying out an option would mean: the published regimen in mg, and the exposure it would give.

In come the library's regimen and model and a body weight; out go the contract's `regimen` and `exposure`.
This room refuses to know whether the option is open, and gives no milligram without a weight.
"""
