//! `[help]`: where a resident finds help.

use serde::Deserialize;

use loke_core::config::{ConfigError, Source};

/// `[help]`: signposts, by topic.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Help {
    /// For a resident whose own home was taken over.
    pub cuckooing: Signposts,
}

/// Telephone numbers of helpers. A missing one is not shown.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Signposts {
    /// Care for victims.
    pub victims: Option<String>,
    /// The helpline on slavery and exploitation.
    pub slavery: Option<String>,
    /// Housing.
    pub housing: Option<String>,
    /// Debt advice.
    pub debt: Option<String>,
}

/// The number of the Modern Slavery Helpline.
const SLAVERY: &str = "08000 121 700";

impl Default for Signposts {
    fn default() -> Self {
        Self {
            victims: None,
            slavery: Some(SLAVERY.to_owned()),
            housing: None,
            debt: None,
        }
    }
}

/// Characters of a signpost: two telephone numbers.
const SIGNPOST: usize = 40;

/// A long signpost would make the page longer than it may be.
pub(super) fn check_help(source: &Source, help: &Help) -> Result<(), ConfigError> {
    let Signposts {
        victims,
        slavery,
        housing,
        debt,
    } = &help.cuckooing;
    for (key, number) in [
        ("victims", victims),
        ("slavery", slavery),
        ("housing", housing),
        ("debt", debt),
    ] {
        let is_long = number
            .as_ref()
            .is_some_and(|number| number.chars().count() > SIGNPOST);
        if is_long {
            return Err(source.trouble(
                source.key(&["help", "cuckooing", key]),
                format!("{key} is longer than {SIGNPOST} characters"),
                "Write one telephone number",
            ));
        }
    }
    Ok(())
}
