//! Gammu's hook.
