"""The report of a training: one HTML file that says how far a surrogate can be believed.

`ionlink.training_report.document.report_html` makes it.
"""
