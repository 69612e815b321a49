//! FLOOR 7.
