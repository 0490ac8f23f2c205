//! The site's colour, made readable: the accent an owner chooses is kept for surfaces, and for
//! words a shade of it that has the contrast WCAG 2.2 asks for (1.4.3: 4.5:1).

use std::fmt;

/// A colour, `#rrggbb`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Colour([u8; 3]);

const WHITE: Colour = Colour([255; 3]);
const BLACK: Colour = Colour([0; 3]);
/// The brightest and the darkest ground that the style sheet puts accented words on.
const LIGHT_GROUND: Colour = Colour([0xf6, 0xf4, 0xef]);
const DARK_GROUND: Colour = Colour([0x1f, 0x21, 0x25]);
/// Ink for a bright accent.
const DARK_INK: Colour = Colour([0x0d, 0x11, 0x15]);

const WORDS: f64 = 4.5;
/// For surfaces such as a button or a tick (WCAG 1.4.11).
const SURFACES: f64 = 3.0;

/// The rules that follow the style sheet for a site with this accent. Nothing when it is no
/// colour.
pub fn rules(accent: &str) -> Option<String> {
    let accent = Colour::parse(accent)?;
    let light = Shades::on(accent, LIGHT_GROUND, BLACK);
    let dark = Shades::on(accent, DARK_GROUND, WHITE);
    Some(format!(":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"))
}

/// The three shades that pages use on one ground.
struct Shades {
    surface: Colour,
    on_surface: Colour,
    words: Colour,
}

impl Shades {
    fn on(accent: Colour, ground: Colour, towards: Colour) -> Self {
        let surface = accent.until(ground, towards, SURFACES);
        let on_surface = if surface.contrast(WHITE) >= WORDS { WHITE } else { DARK_INK };
        // Neither ink is enough on some middle tones: the surface gives way.
        let surface = surface.until(on_surface, if on_surface == WHITE { BLACK } else { WHITE }, WORDS);
        Self { surface, on_surface, words: accent.until(ground, towards, WORDS) }
    }
}

impl fmt::Display for Shades {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "--accent:{};--on-accent:{};--accent-text:{}", self.surface, self.on_surface, self.words)
    }
}

impl Colour {
    fn parse(text: &str) -> Option<Self> {
        let mut channels = [0u8; 3];
        hex::decode_to_slice(text.strip_prefix('#')?, &mut channels).ok()?;
        Some(Self(channels))
    }

    /// Relative luminance (WCAG 2.2).
    fn luminance(self) -> f64 {
        let linear = self.0.map(|channel| {
            let value = f64::from(channel) / 255.0;
            if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        });
        0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    }

    /// Contrast ratio (WCAG 2.2), 1 to 21.
    fn contrast(self, other: Self) -> f64 {
        let (one, two) = (self.luminance(), other.luminance());
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }

    /// This colour moved towards another, as little as it takes to stand out from `ground`.
    fn until(self, ground: Self, towards: Self, ratio: f64) -> Self {
        (0..=50u32)
            .map(|step| self.mixed(towards, f64::from(step) / 50.0))
            .find(|c| c.contrast(ground) >= ratio)
            .unwrap_or(towards)
    }

    fn mixed(self, other: Self, share: f64) -> Self {
        let mut channels = [0u8; 3];
        for (slot, (own, others)) in channels.iter_mut().zip(self.0.into_iter().zip(other.0)) {
            *slot = (f64::from(own) * (1.0 - share) + f64::from(others) * share).round() as u8;
        }
        Self(channels)
    }
}

impl fmt::Display for Colour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "#{}", hex::encode(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn whatever_the_accent_words_can_be_read(channels: [u8; 3]) {
            for (ground, towards) in [(LIGHT_GROUND, BLACK), (DARK_GROUND, WHITE)] {
                let shades = Shades::on(Colour(channels), ground, towards);
                prop_assert!(shades.words.contrast(ground) >= WORDS);
                prop_assert!(shades.surface.contrast(shades.on_surface) >= WORDS);
            }
        }
    }

    #[test]
    fn a_readable_accent_is_left_as_it_is() {
        let rules = rules("#1f4e79").unwrap();
        assert!(rules.starts_with(":root{--accent:#1f4e79;--on-accent:#ffffff;--accent-text:#1f4e79}"), "{rules}");
    }

    #[test]
    fn what_is_no_colour_adds_nothing() {
        for text in ["", "red", "#fff", "#12345g", "#1234567", "#000000}*{display:none"] {
            assert_eq!(rules(text), None, "{text}");
        }
    }

    /// The contrasts of the style sheet's own colours, light and dark.
    #[test]
    fn the_style_sheet_itself_can_be_read() {
        let sheet = include_str!("../../../assets/form.css");
        let (light, dark) = sheet.split_once("prefers-color-scheme: dark").unwrap();
        for part in [light, dark] {
            let colour = |name: &str| {
                let at = part.find(&format!("--{name}: ")).unwrap() + name.len() + 4;
                Colour::parse(&part[at..at + 7]).unwrap()
            };
            for ground in ["paper", "surface"] {
                for words in ["ink", "ink-soft", "fault", "accent-text"] {
                    let ratio = colour(words).contrast(colour(ground));
                    assert!(ratio >= WORDS, "{words} on {ground}: {ratio:.2}");
                }
                assert!(colour("edge").contrast(colour(ground)) >= SURFACES, "the edges of inputs on {ground}");
            }
            assert!(colour("fault").contrast(colour("fault-wash")) >= WORDS);
            assert!(colour("on-accent").contrast(colour("accent")) >= WORDS);
        }
    }
}
