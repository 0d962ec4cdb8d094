"""Concentrations over time from a model, its parameters and doses; numpy, and scipy for what is not linear.

In come a model as plain data (`model`), doses with their times (`regimen`) and covariates; out go the
exact course of the drug (`solve`) and measures of exposure with their spread between virtual patients
(`exposure`, `population`). This room knows neither patients nor rules, and gives no advice.
"""
