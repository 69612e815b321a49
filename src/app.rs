//! FLOOR 6.
