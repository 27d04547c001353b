"""What can be read of a monitor over HTTP, and never changed: a status page, its facts as JSON, metrics, its health.

open_trouble         what is wrong just now, of a snapshot
watch_health         whether the watch is well, in sentences
status_words         the phrases of the page and its JSON
status_page          the page: HTML and a style sheet
status_json          its facts for programs
rtt_histograms       the round-trip times of each group, counted from sweep to sweep
metrics_text         the metrics, as Prometheus reads them
monitor_view         the newest of what can be read, and what is made of it
bounded_connections  how many, how slow
read_only_routes     what is answered
http_listener        puts all of it together, in a thread beside the monitor
"""
