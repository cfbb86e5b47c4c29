"""Documents of an invoice as bytes: e-invoice XML, summary table, VietQR, PDF.

Plain values in (congto.vocabulary.invoices), bytes out: no database, no clock, no framework.
"""
