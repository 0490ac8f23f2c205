//! Ingest: queue → open → protect → store, once.
