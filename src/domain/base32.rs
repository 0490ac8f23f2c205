//! Lower-case base32 (RFC 4648 alphabet): five bytes are eight symbols, each of five bits.

/// The symbols in the order of their values.
pub const ALPHABET: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";

/// The values of the eight symbols of five bytes, 0 to 31 each.
pub fn values_of(bytes: [u8; 5]) -> [u8; 8] {
    let bits = bytes.iter().fold(0u64, |bits, byte| (bits << 8) | u64::from(*byte));
    std::array::from_fn(|i| ((bits >> (35 - 5 * i)) & 31) as u8)
}

/// The value of a symbol.
pub const fn value_of(symbol: u8) -> Option<u8> {
    match symbol {
        b'a'..=b'z' => Some(symbol - b'a'),
        b'2'..=b'7' => Some(symbol - b'2' + 26),
        _ => None,
    }
}
