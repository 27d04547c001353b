"""What a month came to: availability, outages and who took them, for people who were not at the console.

calendar_month           a month of the calendar, and when it begins in a time zone
month_report             store, hosts and a month in, a `MonthReport` out
report_figures           how availability, planned time and the time to repair are computed
report_text              a report for a terminal or a mail, in 80 columns
report_html              the same for a browser or a mail
report_csv_and_json      the same for other programs
"""
