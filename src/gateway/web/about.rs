//! The pages of text beside the form: what this service is, what stays on the phone, privacy,
//! accessibility, and `security.txt`. Their text follows the running configuration: a sentence that
//! is not true of this gateway is left out, and no page makes a promise that the configuration does
//! not keep.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::listener::caller::Caller;
use crate::providers::settings::Answers;
use crate::settings::{ClientAddress, GatewaySettings, Holder};
use crate::web::Setting;
use crate::web::Site;
use crate::web::pages::{self, Frame, SIZE_CLASS, STYLE};
use loke_core::tip::Lane;
use loke_core::words::{CODES, Words};

/// These pages, by path and heading.
const BESIDE: &[(&str, &str)] = &[
    ("/about", "about-heading"),
    ("/device", "device-heading"),
    ("/privacy", "privacy-heading"),
    ("/accessibility", "access-heading"),
    ("/s/2", "signs-heading"),
];
/// Days until `security.txt` expires. RFC 9116 recommends less than a year.
const SECURITY_DAYS: i32 = 180;

/// A page of headings and sentences.
#[derive(Template)]
#[template(path = "resident/text.html")]
struct TextPage<'a> {
    t: &'a Words,
    home: String,
    query: String,
    demo: bool,
    style: &'static str,
    heading: &'static str,
    sections: Vec<Section>,
    beside: &'static [(&'static str, &'static str)],
    you_said: bool,
}

/// Sentences under a heading. The first section has no heading.
struct Section {
    heading: &'static str,
    /// A numbered list, shown before the sentences.
    ranked: Vec<ProviderLine>,
    lines: Vec<ProviderLine>,
    /// Sentences under "For experts".
    folded: Vec<ProviderLine>,
}

/// A sentence, its value (a name, a number), and more sentences.
#[derive(Default)]
struct ProviderLine {
    says: String,
    value: Option<String>,
    more: String,
}

impl<'a> TextPage<'a> {
    fn new(frame: Frame<'a>, heading: &'static str) -> Self {
        let page = Self {
            t: frame.t,
            home: frame.home(),
            query: frame.query(),
            demo: frame.demo,
            style: &STYLE,
            heading,
            sections: Vec::new(),
            beside: BESIDE,
            you_said: frame.you_said,
        };
        page.section("")
    }

    fn section(mut self, heading: &'static str) -> Self {
        self.sections.push(Section {
            heading,
            ranked: Vec::new(),
            lines: Vec::new(),
            folded: Vec::new(),
        });
        self
    }

    fn say(self, ids: &[&str]) -> Self {
        ids.iter().fold(self, |page, id| {
            let says = page.t.say(id).to_owned();
            page.line(ProviderLine {
                says,
                ..ProviderLine::default()
            })
        })
    }

    /// Adds these sentences if `holds`.
    fn say_if(self, holds: bool, ids: &[&str]) -> Self {
        if holds { self.say(ids) } else { self }
    }

    /// Adds a sentence with its value, if there is a value.
    fn tell(self, id: &str, value: Option<&str>) -> Self {
        let Some(value) = value else { return self };
        let says = self.t.say(id).to_owned();
        self.line(ProviderLine {
            says,
            value: Some(value.to_owned()),
            ..ProviderLine::default()
        })
    }

    fn line(mut self, line: ProviderLine) -> Self {
        if let Some(section) = self.sections.last_mut() {
            section.lines.push(line);
        }
        self
    }

    fn fold(mut self, line: ProviderLine) -> Self {
        if let Some(section) = self.sections.last_mut() {
            section.folded.push(line);
        }
        self
    }

    fn rank(mut self, line: ProviderLine) -> Self {
        if let Some(section) = self.sections.last_mut() {
            section.ranked.push(line);
        }
        self
    }

    fn days(self, config: &GatewaySettings) -> Self {
        let says = self
            .t
            .say_count("about-days", &usize::from(config.retention_days));
        self.line(ProviderLine {
            says,
            ..ProviderLine::default()
        })
    }
}

/// Returns a page made for the caller's language from the configuration.
fn answer(
    site: &Site,
    caller: &Caller,
    setting: &Setting,
    make: for<'a> fn(Frame<'a>, &GatewaySettings) -> TextPage<'a>,
) -> Response {
    pages::answer_in(
        2 * SIZE_CLASS,
        StatusCode::OK,
        &make(site.frame_in(caller, setting), &site.config),
    )
}

/// `GET /about`.
pub async fn about(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    setting: Setting,
) -> Response {
    answer(&site, &caller, &setting, about_page)
}

/// `GET /device`: what stays on the phone, and how to clear it.
pub async fn device(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    setting: Setting,
) -> Response {
    answer(&site, &caller, &setting, device_page)
}

/// `GET /privacy`.
pub async fn privacy(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    setting: Setting,
) -> Response {
    answer(&site, &caller, &setting, privacy_page)
}

/// `GET /accessibility`.
pub async fn accessibility(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
    setting: Setting,
) -> Response {
    answer(&site, &caller, &setting, accessibility_page)
}

fn about_page<'a>(frame: Frame<'a>, config: &GatewaySettings) -> TextPage<'a> {
    let web = config.web.as_ref();
    let number = web.and_then(|w| w.sms_number.as_deref());
    // If the gateway does not terminate TLS itself, or reads the client address from a header, a
    // proxy is in front and sees everything that the gateway sees.
    let proxy = web.is_some_and(|w| {
        (w.tls_cert.is_none() && !config.demo) || w.client_address != ClientAddress::Peer
    });
    let page = TextPage::new(frame, "about-heading")
        .say(&["about-what"])
        .section("kept-heading");
    let page = page
        .say(&["about-kept", "kept-what", "about-read"])
        .days(config)
        .section("keys-heading")
        .say(&["keys-lede"]);
    let page = config.holders.iter().fold(page, |page, holder| {
        let line = holds(page.t, holder);
        page.fold(line)
    });
    let page = page
        .section("others-heading")
        .say(&["about-network", "others-phone"])
        .say_if(proxy, &["others-proxy"]);
    let page = page
        .say_if(number.is_some(), &["ways-text-network", "others-sms"])
        .tell(
            "others-sms-name",
            number.and(web.and_then(|w| w.sms_provider.as_deref())),
        );
    let page = page
        .section("law-heading")
        .say(&["law-give", "law-never", "law-phone"]);
    let page = page.section("promise-heading").say(&[
        "about-promise",
        "promise-moment",
        "promise-photo",
        "about-device",
    ]);
    ways(page.section("ways-heading"), config, number)
}

/// A key holder, the lanes that the key opens, and the key's fingerprint.
fn holds(t: &Words, holder: &Holder) -> ProviderLine {
    let opens = if holder.lanes.len() == Lane::ALL.len() {
        t.say("keys-all").to_owned()
    } else if holder.lanes.is_empty() {
        t.say("keys-none").to_owned()
    } else {
        let lanes: Vec<&str> = holder
            .lanes
            .iter()
            .map(|lane| lane_name(t, *lane))
            .collect();
        format!(
            "{} {}{}",
            t.say("keys-some"),
            lanes.join(t.say("list-comma")),
            t.say("list-stop")
        )
    };
    ProviderLine {
        says: format!("{}: {opens} {}", holder.name, t.say("keys-number")),
        value: Some(holder.key.fingerprint()),
        more: String::new(),
    }
}

/// A lane's name for residents: usually the name of its topic.
fn lane_name(t: &Words, lane: Lane) -> &str {
    if lane == Lane::Safeguarding {
        t.say("lane-safeguarding")
    } else {
        t.say_of("topic-", lane.word())
    }
}

/// The ways to report, safest first, and the ways that other organisations run.
fn ways<'a>(page: TextPage<'a>, config: &GatewaySettings, number: Option<&str>) -> TextPage<'a> {
    let (t, web) = (page.t, config.web.as_ref());
    let onion = web.and_then(|w| w.onion_url.as_deref());
    let way = |id: &str, value: Option<&str>| ProviderLine {
        says: t.say(id).to_owned(),
        value: value.map(str::to_owned),
        more: String::new(),
    };
    let mut page = page;
    if let Some(onion) = onion {
        page = page.rank(way("ways-onion", Some(onion)));
    }
    if onion.is_some() || number.is_some() {
        page = page.rank(way("ways-web", None));
    }
    if let Some(number) = number {
        // If [sms] is in a file of its own, `web.sms_answers` repeats its setting.
        let answered = web.is_some_and(|w| w.sms_answers)
            || config
                .sms
                .as_ref()
                .is_some_and(|sms| sms.answers != Answers::Off);
        let answer = if answered {
            None
        } else {
            Some("ways-text-answer")
        };
        let more = ["ways-text-network", "ways-text-phone", "ways-text-cost"]
            .into_iter()
            .chain(answer)
            .chain(["ways-text-night"]);
        let more = more.fold(String::new(), |all, id| all + " " + t.say(id));
        page = page.rank(ProviderLine {
            more,
            ..way("ways-text", Some(number))
        });
    }
    page.say_if(onion.is_none(), &["ways-no-onion"])
        .say(&["lede-danger", "about-police", "help-police"])
        .tell("help-council", web.and_then(|w| w.contact.as_deref()))
}

fn device_page<'a>(frame: Frame<'a>, config: &GatewaySettings) -> TextPage<'a> {
    let texts = config.web.as_ref().is_some_and(|w| w.sms_number.is_some());
    let page = TextPage::new(frame, "device-heading")
        .say(&["device-leave"])
        .tell("device-history", Some(frame.t.say("title")));
    let page = page.section("device-clear-heading").say(&[
        "device-chrome",
        "device-safari",
        "device-other",
        "device-one",
        "device-private",
    ]);
    let page = page
        .section("promise-heading")
        .say(&["device-photos"])
        .say_if(texts, &["ways-text-phone"]);
    page.say(&["device-spy", "about-network"])
}

/// Who is responsible for this service and how to contact them, if the configuration names a
/// contact.
fn who<'a>(page: TextPage<'a>, config: &GatewaySettings, contact: &str) -> TextPage<'a> {
    let web = config.web.as_ref();
    let told = web.and_then(|w| w.contact.as_deref());
    page.tell(contact, told)
        .say_if(told.is_none(), &["privacy-nobody"])
}

fn privacy_page<'a>(frame: Frame<'a>, config: &GatewaySettings) -> TextPage<'a> {
    let page = TextPage::new(frame, "privacy-heading").tell(
        "privacy-who",
        config.web.as_ref().and_then(|w| w.controller.as_deref()),
    );
    let page = who(page, config, "privacy-contact").section("privacy-use-heading");
    let page = page.say(&[
        "privacy-law",
        "privacy-you",
        "privacy-others",
        "privacy-true",
        "privacy-choice",
        "privacy-shared",
        "privacy-person",
    ]);
    let page = page
        .section("kept-heading")
        .say(&["kept-what", "about-kept"])
        .days(config)
        .say(&["privacy-kept"]);
    page.section("privacy-rights-heading").say(&[
        "privacy-rights",
        "privacy-limits",
        "privacy-find",
        "privacy-complain",
    ])
}

fn accessibility_page<'a>(frame: Frame<'a>, config: &GatewaySettings) -> TextPage<'a> {
    let page = TextPage::new(frame, "access-heading").say(&[
        "access-aim",
        "access-how",
        "access-tested",
        "access-title",
    ]);
    who(
        page.say_if(frame.t.is_draft(), &["access-draft"]),
        config,
        "access-contact",
    )
    .say(&["access-complain"])
}

/// `GET /.well-known/security.txt` (RFC 9116), if the configuration names a contact.
pub async fn security(
    State(site): State<Arc<Site>>,
    Extension(caller): Extension<Caller>,
) -> Response {
    let Some(contact) = site
        .config
        .web
        .as_ref()
        .and_then(|w| w.security_contact.as_deref())
    else {
        return super::missing(State(site), Extension(caller)).await;
    };
    let expires = site.clock.today().plus(SECURITY_DAYS);
    let text = format!(
        "Contact: {contact}\nExpires: {expires}T00:00:00Z\nPreferred-Languages: {}\n",
        CODES.first().unwrap_or(&"en")
    );
    pages::with_headers(([("content-type", "text/plain; charset=utf-8")], text).into_response())
}
