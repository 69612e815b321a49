//! FLOOR 2.
