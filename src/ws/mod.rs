//! FLOOR 5.
