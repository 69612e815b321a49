//! FLOOR 3.
