//! The plaintext inside an envelope: canonical encoding of a submission, padded to buckets.
