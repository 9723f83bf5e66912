//! The published test vectors of the signature, each altered in every bit, and parsing of messages.

use super::*;

const TOKEN: &[u8] = b"12345";
const URL: &str = "https://mycompany.com/myapp.php?foo=1&bar=2";
const FORM: &str = "application/x-www-form-urlencoded";
const CALL: &str = "CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212";
const REPEATED: &str = "Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234";
const JSON: &str = r#"{"property": "value", "boolean": true}"#;
const JSON_SHA256: &str = "0a1ff7634d9ab3b95db5c9a2dfe9416e41502b283a80c7cf19632632f96e6620";

/// Every published vector: URL, media type, body, signature.
fn vectors() -> Vec<(String, &'static str, Vec<u8>, &'static str)> {
    let with_port = URL.replace(".com/", ".com:443/");
    let hashed = format!("{URL}&bodySHA256={JSON_SHA256}");
    vec![
        (
            URL.to_owned(),
            FORM,
            CALL.into(),
            "RSOYDt4T1cUTdK1PDd93/VVr8B8=",
        ),
        (
            URL.to_owned(),
            FORM,
            REPEATED.into(),
            "IK+Dwps556ElfBT0I3Rgjkr1wJU=",
        ),
        (
            URL.to_owned(),
            FORM,
            CALL.into(),
            "kvajT1Ptam85bY51eRf/AJRuM3w=",
        ),
        (
            with_port.clone(),
            FORM,
            CALL.into(),
            "kvajT1Ptam85bY51eRf/AJRuM3w=",
        ),
        (with_port, FORM, CALL.into(), "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        (
            hashed,
            "application/json",
            JSON.into(),
            "a9nBmqA0ju/hNViExpshrM61xv4=",
        ),
    ]
}

fn signed(url: &str, kind: &str, body: &[u8], signature: &str) -> bool {
    is_signed(
        &hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN),
        url,
        kind,
        body,
        signature,
    )
}

/// Each way to flip one bit.
fn flipped(bytes: &[u8]) -> impl Iterator<Item = Vec<u8>> + '_ {
    (0..bytes.len() * 8).map(|bit| {
        let mut altered = bytes.to_vec();
        altered[bit / 8] ^= 1 << (bit % 8);
        altered
    })
}

#[test]
fn every_published_vector_passes() {
    for (url, kind, body, signature) in vectors() {
        assert!(
            signed(&url, kind, &body, signature),
            "{url} {kind} {signature}"
        );
    }
}

#[test]
fn every_published_vector_with_one_bit_altered_fails() {
    for (url, kind, body, signature) in vectors() {
        let raw = STANDARD.decode(signature).unwrap();
        for other in flipped(&raw) {
            assert!(
                !signed(&url, kind, &body, &STANDARD.encode(other)),
                "{signature}"
            );
        }
        for other in flipped(&body) {
            // In a form, `+` and `%20` are the same character, and so are both cases of a hex digit
            // after a percent sign.
            if fields_of(kind, &other).is_none_or(|fields| Some(fields) != fields_of(kind, &body)) {
                assert!(
                    !signed(&url, kind, &other, signature),
                    "{}",
                    String::from_utf8_lossy(&other)
                );
            }
        }
        for other in flipped(url.as_bytes()).filter_map(|url| String::from_utf8(url).ok()) {
            // Twilio's own rule ignores the port. Our URL comes from the configuration and never
            // from a request.
            let portless = |url: &str| {
                Url::parse(url)
                    .map(|parsed| both_ports(url, &parsed).0)
                    .ok()
            };
            assert!(
                !signed(&other, kind, &body, signature) || portless(&other) == portless(&url),
                "{other}"
            );
        }
        assert!(!signed(&url, kind, &body, ""));
    }
}

#[test]
fn a_body_that_no_signature_covers_is_a_strangers() {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN);
    let sign = |url: &str| STANDARD.encode(hmac::sign(&key, url.as_bytes()));
    for kind in ["application/json", "text/plain", ""] {
        assert!(!signed(URL, kind, JSON.as_bytes(), &sign(URL)), "{kind}");
        // The controls: there is nothing to sign, or the hash is signed.
        assert!(signed(URL, kind, b"", &sign(URL)), "{kind}");
        let hashed = format!("{URL}&bodySHA256={JSON_SHA256}");
        assert!(
            signed(&hashed, kind, JSON.as_bytes(), &sign(&hashed)),
            "{kind}"
        );
        assert!(!signed(&hashed, kind, b"", &sign(&hashed)), "{kind}");
    }
}

#[test]
fn a_message_is_read_with_its_photos_and_without_what_it_says_of_the_sender() {
    let body = "MessageSid=SM1&From=%2B447700900123&To=%2B441603000000&Body=a%26b%20%F0%9F%98%80%00&NumMedia=1&MediaUrl0=https%3A%2F%2Fapi.twilio.com%2Fx&MediaContentType0=Image%2FJPEG&FromCity=NORWICH";
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, TOKEN);
    let (public_url, target) = ("https://sms.example".to_owned(), "/sms/twilio/x");
    let all: String = fields_of(FORM, body.as_bytes())
        .unwrap()
        .iter()
        .flat_map(|(n, v)| v.iter().map(move |v| format!("{n}{v}")))
        .collect();
    let signature = STANDARD.encode(hmac::sign(
        &key,
        format!("{public_url}{target}{all}").as_bytes(),
    ));
    let origins = Origins::new("https://api.twilio.com", &[], None).unwrap();
    let twilio = Twilio {
        path_secret: Secret::new("x"),
        key,
        public_url,
        account: "AC1".into(),
        number: "+441603000000".into(),
        origins,
        every: 1,
    };
    let proofs = [("x-twilio-signature", signature)];
    let webhook = Webhook {
        target,
        proofs: &proofs,
        kind: FORM,
        body: body.as_bytes(),
        now: 0,
    };
    let text = twilio
        .read(&webhook)
        .map_err(|why| format!("{why:?}"))
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(
        (text.id.as_str(), text.words.as_str(), text.media.len()),
        ("SM1", "a&b 😀\0", 1)
    );
    assert_eq!(
        (text.media[0].kind.as_str(), text.media[0].url.as_str()),
        ("image/jpeg", "https://api.twilio.com/x")
    );
    assert_eq!(
        twilio
            .read(&Webhook {
                proofs: &[],
                ..webhook
            })
            .err(),
        Some(WebhookRefused::Stranger)
    );
}
