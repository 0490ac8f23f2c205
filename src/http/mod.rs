//! HTTP without features: listener, limits, headers, problem details. Mounts nothing itself.
