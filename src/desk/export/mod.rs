//! Export: leads as CSV or JSON lines, masked, as tokens or revealed.
