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
pub fn rules(accent: &str, scope: &str) -> Option<String> {
    let accent = Colour::parse(accent)?;
    let light = Shades::on(accent, LIGHT_GROUND, BLACK);
    let dark = Shades::on(accent, DARK_GROUND, WHITE);
    let both = |of: fn(&Shades) -> Colour| format!("light-dark({},{})", of(&light), of(&dark));
    let both = declared(&both(|s| s.surface), &both(|s| s.on_surface), &both(|s| s.words));
    let light = declared(&light.surface.to_string(), &light.on_surface.to_string(), &light.words.to_string());
    Some(format!("{scope}{{{light}}}\n@supports (color:light-dark(#000,#fff)){{{scope}{{{both}}}}}\n"))
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

fn declared(surface: &str, on_surface: &str, words: &str) -> String {
    format!("--ls-site-accent:{surface};--ls-site-on-accent:{on_surface};--ls-site-accent-text:{words}")
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
        let rules = rules("#1f4e79", ".x").unwrap();
        let light = ".x{--ls-site-accent:#1f4e79;--ls-site-on-accent:#ffffff;--ls-site-accent-text:#1f4e79}";
        assert!(rules.starts_with(light), "{rules}");
    }

    #[test]
    fn what_is_no_colour_adds_nothing() {
        for text in ["", "red", "#fff", "#12345g", "#1234567", "#000000}*{display:none"] {
            assert_eq!(rules(text, ".x"), None, "{text}");
        }
    }

    /// The two colours of `name` in a sheet: in light-dark(), whether or not inside a var().
    fn pair(sheet: &str, name: &str) -> [Colour; 2] {
        let line = sheet.lines().filter(|line| line.contains("light-dark(")).find(|line| {
            line.trim_start().starts_with(&format!("--{name}: "))
                || line.trim_start().starts_with(&format!("--ls-{name}: "))
        });
        let (light, dark) = line.unwrap().split_once("light-dark(").unwrap().1.split_once(", ").unwrap();
        [light, dark.split_once(')').unwrap().0].map(|text| {
            let long = if text.len() == 4 {
                text.chars().skip(1).fold("#".to_owned(), |s, c| s + &format!("{c}{c}"))
            } else {
                text.to_owned()
            };
            Colour::parse(&long).unwrap()
        })
    }

    /// The contrasts of the style sheets' own colours, light and dark.
    #[test]
    fn the_style_sheets_themselves_can_be_read() {
        let (page, embed) = (include_str!("../../../assets/page.css"), include_str!("../../../assets/embed.css"));
        let grounds = [pair(page, "paper"), pair(page, "sheet"), pair(embed, "surface")];
        let words = [
            pair(page, "ink"),
            pair(page, "ink-soft"),
            pair(embed, "ink"),
            pair(embed, "fault"),
            pair(embed, "accent-text"),
        ];
        for scheme in 0..2 {
            for ground in grounds {
                for (n, words) in words.iter().enumerate() {
                    let ratio = words[scheme].contrast(ground[scheme]);
                    assert!(ratio >= WORDS, "{n}: {:?} on {:?}: {ratio:.2}", words[scheme], ground[scheme]);
                }
                assert!(pair(embed, "edge")[scheme].contrast(ground[scheme]) >= SURFACES, "the edges of inputs");
            }
            assert!(pair(embed, "fault")[scheme].contrast(pair(embed, "wash")[scheme]) >= WORDS);
            assert!(pair(embed, "on-accent")[scheme].contrast(pair(embed, "accent")[scheme]) >= WORDS);
        }
    }
}
