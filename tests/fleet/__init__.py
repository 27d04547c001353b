"""Many sites on Prometheus and Alertmanager."""
