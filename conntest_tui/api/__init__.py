"""The monitor for other processes: what it shows, asks and does, as JSON over HTTP on a Unix socket.

json_values       a value of the model as JSON, and back
snapshot_deltas   a snapshot, and what has changed since an older one
request_bodies    what people ask for, as they may send it
query_parameters  the queries of a source of snapshots, as parameters of an address
socket_place      where the socket is, and who may open it
connections       all of them bounded; who is at the other end
viewers           each is sent what has changed since what it has
routes            what is answered
server            puts all of it together, in a thread beside the monitor
socket_http       HTTP over a Unix socket, as one asks
hello             what a monitor says of itself, and what the other end makes of it
attached_queries  what the other end asks
client            the other end: a monitor in another process, as a source of snapshots
"""
