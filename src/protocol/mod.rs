//! FLOOR 1.
