"""The report of a campaign: one HTML file that needs nothing else.

`ionlink.optimize.report.document.write_report` writes it.
"""
