//! Collecting from a gateway.
