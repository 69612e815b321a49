//! FLOOR 4.
