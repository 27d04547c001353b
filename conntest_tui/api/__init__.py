"""The monitor for other processes: what it shows, asks and does, as JSON over HTTP on a Unix socket.

json_values       a value of the model as JSON, and back
snapshot_deltas   a snapshot, and what has changed since an older one
request_bodies    what people ask for, as they may send it
"""
