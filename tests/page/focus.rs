//! The mark around the focused element is seen on every background (WCAG 2.2, 1.4.11 and 2.4.13:
//! 3 to 1).

/// Relative luminance of a colour (WCAG 2.2), `#rgb` or `#rrggbb`.
fn luminance(colour: &str) -> f64 {
    let digits = colour.trim_start_matches('#');
    let wide: String = match digits.len() {
        3 => digits.chars().flat_map(|c| [c, c]).collect(),
        _ => digits.to_owned(),
    };
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&wide[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * part(0) + 0.7152 * part(2) + 0.0722 * part(4)
}

fn contrast(one: &str, other: &str) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

/// The colours in a piece of the style sheet.
fn colours(css: &str) -> Vec<&str> {
    css.match_indices('#')
        .map(|(at, _)| {
            let rest = &css[at + 1..];
            let end = rest
                .find(|c: char| !c.is_ascii_hexdigit())
                .unwrap_or(rest.len());
            &css[at..at + 1 + end]
        })
        .collect()
}

/// Whether one of these colours stands out from a background.
fn is_seen(ring: &[&str], background: &str) -> bool {
    ring.iter()
        .any(|colour| contrast(colour, background) >= 3.0)
}

#[test]
fn the_focus_ring_is_seen_on_every_background_in_light_and_dark() {
    let css = include_str!("../../templates/resident/style.css");
    let rule = css.split_once(":focus-visible{").unwrap().1;
    let ring = colours(rule.split_once('}').unwrap().0);
    assert_eq!(ring.len(), 2, "a dark outline and a light one around it");
    let root = |css: &str| -> Vec<String> {
        let rule = css
            .split_once(":root{")
            .unwrap()
            .1
            .split_once('}')
            .unwrap()
            .0;
        ["--bg:", "--soft:", "--go:"]
            .iter()
            .map(|name| {
                let value = rule.split_once(name).unwrap().1;
                colours(value)[0].to_owned()
            })
            .collect()
    };
    let dark = css.split_once("prefers-color-scheme:dark").unwrap().1;
    let mut backgrounds = [root(css), root(dark)].concat();
    backgrounds.push("#911".to_owned());
    for background in &backgrounds {
        assert!(is_seen(&ring, background), "{background}");
    }
    assert!(!is_seen(&["#d98000"], "#fff"), "the control: 2.98 to 1");
}
