"""How is an examination told to programs (report.json), statisticians (cases.csv) and clinicians (report.html)?"""
