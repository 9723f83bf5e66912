//! One real headless browser with a phone's screen, driven by WebDriver. It has its own profile in
//! an empty folder. On drop it ends every process that it started, by id, and deletes the folder,
//! even if the test failed.

mod keys;
mod media;

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use base64::{Engine, engine::general_purpose::STANDARD};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::Request;
use hyper_util::client::legacy::{Client, connect::HttpConnector};
use hyper_util::rt::TokioExecutor;
use serde_json::{Value, json};

use crate::house::real::free_address;

/// The screen of a cheap phone, in CSS pixels.
const SCREEN: (u32, u32) = (360, 740);
/// The polling interval, and the number of polls: a minute in all.
const LOOK: Duration = Duration::from_millis(10);
const LOOKS: usize = 6_000;
/// The key under which WebDriver returns an element.
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";
/// Keys in WebDriver's encoding.
pub(super) const TAB: char = '\u{e004}';
pub(super) const ENTER: char = '\u{e007}';

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Chromium,
    Firefox,
}

impl Kind {
    fn program(self) -> &'static str {
        match self {
            Self::Chromium => "chromium",
            Self::Firefox => "firefox-esr",
        }
    }

    fn driver(self) -> PathBuf {
        match self {
            Self::Chromium => "chromedriver".into(),
            Self::Firefox => std::env::var_os("LOKE_GECKODRIVER")
                .map_or_else(|| "geckodriver".into(), PathBuf::from),
        }
    }

    /// Whether the browser and its driver are installed.
    pub(super) fn is_here(self) -> bool {
        let there = |program: &Path| {
            Command::new(program)
                .arg("--version")
                .stdout(Stdio::null())
                .stderr(Stdio::null())
                .status()
                .is_ok()
        };
        there(Path::new(self.program())) && there(&self.driver())
    }
}

#[derive(Clone)]
pub(super) struct Element(String);

pub(super) struct Phone {
    pub(super) kind: Kind,
    pub(super) script: bool,
    client: Client<HttpConnector, Full<Bytes>>,
    session: String,
    /// Timeout of one command.
    pub(super) patience: Duration,
    driver: Child,
    profile: tempfile::TempDir,
}

impl Phone {
    /// Starts the browser with a new profile.
    pub(super) async fn start(kind: Kind, script: bool) -> Self {
        let profile = tempfile::tempdir().unwrap();
        let at = free_address();
        let mut driver = Command::new(kind.driver());
        driver.arg(format!("--port={}", at.port()));
        if kind == Kind::Firefox {
            driver.args(["--websocket-port", "0"]);
        }
        for home in [
            "HOME",
            "TMPDIR",
            "XDG_CACHE_HOME",
            "XDG_CONFIG_HOME",
            "XDG_RUNTIME_DIR",
        ] {
            driver.env(home, profile.path());
        }
        let driver = driver
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let client = Client::builder(TokioExecutor::new()).build_http();
        let mut phone = Self {
            kind,
            script,
            client,
            session: format!("http://{at}"),
            patience: Duration::from_secs(60),
            driver,
            profile,
        };
        let mut look = tokio::time::interval(LOOK);
        while phone.ask("GET", "/status", None).await.is_err() {
            look.tick().await;
            assert!(
                phone.driver.try_wait().unwrap().is_none(),
                "{kind:?}: its driver does not start"
            );
        }
        let wanted = match kind {
            Kind::Chromium => chromium(phone.profile.path(), script),
            Kind::Firefox => firefox(phone.profile.path(), script),
        };
        let session = phone
            .ask(
                "POST",
                "/session",
                Some(json!({ "capabilities": { "alwaysMatch": wanted } })),
            )
            .await
            .unwrap();
        phone.session = format!(
            "{}/session/{}",
            phone.session,
            session["sessionId"].as_str().unwrap()
        );
        // Longer than four large photos take on a slow link.
        phone
            .tell("/timeouts", json!({ "pageLoad": 900_000 }))
            .await
            .unwrap();
        if kind == Kind::Firefox {
            phone
                .tell(
                    "/window/rect",
                    json!({ "width": SCREEN.0, "height": SCREEN.1 }),
                )
                .await
                .unwrap();
        }
        phone
    }

    /// Sends one command; an error is its code and message.
    async fn ask(&self, method: &str, path: &str, body: Option<Value>) -> Result<Value, String> {
        let body = body.map_or_else(Full::default, |body| Full::from(body.to_string()));
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.session))
            .header("content-type", "application/json");
        let asked = self.client.request(request.body(body).unwrap());
        let Ok(answer) = tokio::time::timeout(self.patience, asked).await else {
            panic!("{:?} does not answer to {method} {path}", self.kind)
        };
        let answer = answer.map_err(|e| e.to_string())?;
        let fine = answer.status().is_success();
        let bytes = answer
            .into_body()
            .collect()
            .await
            .map_err(|e| e.to_string())?
            .to_bytes();
        let mut said: Value = serde_json::from_slice(&bytes).map_err(|e| e.to_string())?;
        if fine {
            Ok(said["value"].take())
        } else {
            Err(format!(
                "{}: {}",
                said["value"]["error"], said["value"]["message"]
            ))
        }
    }

    async fn tell(&self, path: &str, body: Value) -> Result<Value, String> {
        self.ask("POST", path, Some(body)).await
    }

    /// Opens an address and waits until it is loaded.
    pub(super) async fn open(&self, address: &str) {
        self.tell("/url", json!({ "url": address })).await.unwrap();
    }

    /// Presses Back. It is no error if the browser shows its own page that nothing is cached.
    pub(super) async fn back(&self) {
        if let Err(said) = self.tell("/back", json!({})).await {
            assert!(
                said.contains("about:neterror") || said.contains("ERR_CACHE_MISS"),
                "{said}"
            );
        }
    }

    pub(super) async fn address(&self) -> String {
        self.ask("GET", "/url", None)
            .await
            .unwrap()
            .as_str()
            .unwrap()
            .to_owned()
    }

    /// The current HTML of the page.
    pub(super) async fn source(&self) -> String {
        self.ask("GET", "/source", None)
            .await
            .unwrap()
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// All elements that match.
    pub(super) async fn all(&self, css: &str) -> Vec<Element> {
        let found = self
            .tell(
                "/elements",
                json!({ "using": "css selector", "value": css }),
            )
            .await
            .unwrap();
        found
            .as_array()
            .unwrap()
            .iter()
            .map(|e| Element(e[ELEMENT].as_str().unwrap().to_owned()))
            .collect()
    }

    /// Waits until the element exists.
    pub(super) async fn wait(&self, css: &str) -> Element {
        let mut look = tokio::time::interval(LOOK);
        for _ in 0..LOOKS {
            look.tick().await;
            // During navigation there may be no page to query.
            let found = self
                .tell("/element", json!({ "using": "css selector", "value": css }))
                .await;
            if let Some(id) = found
                .ok()
                .as_ref()
                .and_then(|found| found[ELEMENT].as_str())
            {
                return Element(id.to_owned());
            }
        }
        panic!(
            "{:?}: no {css} at {}:\n{}",
            self.kind,
            self.address().await,
            self.source().await
        );
    }

    /// Waits until the address begins with `at`.
    pub(super) async fn arrives(&self, at: &str) {
        let mut look = tokio::time::interval(LOOK);
        for _ in 0..LOOKS {
            look.tick().await;
            if self.address().await.starts_with(at) {
                return;
            }
        }
        panic!(
            "{:?} is at {} and not at {at}",
            self.kind,
            self.address().await
        );
    }

    /// Waits until the address differs from `from`.
    pub(super) async fn leaves(&self, from: &str) {
        let mut look = tokio::time::interval(LOOK);
        for _ in 0..LOOKS {
            look.tick().await;
            if self.address().await != from {
                return;
            }
        }
        panic!("{:?} is still at {from}", self.kind);
    }

    pub(super) async fn touch(&self, css: &str) {
        let element = self.wait(css).await;
        let click = format!("/element/{}/click", element.0);
        let touched = self.tell(&click, json!({})).await;
        let Err(said) = touched else { return };
        // Under the bar that stays at the top: a person scrolls back a little.
        assert!(
            said.contains("intercepted"),
            "{:?} {css}: {said}",
            self.kind
        );
        let wheel = json!({ "type": "scroll", "x": 100, "y": 300, "deltaX": 0, "deltaY": -200, "duration": 0 });
        let scroll = json!({ "actions": [{ "type": "wheel", "id": "wheel", "actions": [wheel] }] });
        self.tell("/actions", scroll).await.unwrap();
        self.tell(&click, json!({}))
            .await
            .unwrap_or_else(|said| panic!("{:?} {css}: {said}", self.kind));
    }

    /// Types into a field; into a file field, the path of a file.
    pub(super) async fn fill(&self, css: &str, text: &str) {
        let element = self.wait(css).await;
        self.tell(
            &format!("/element/{}/value", element.0),
            json!({ "text": text }),
        )
        .await
        .unwrap();
    }

    /// The current value of an element's property.
    pub(super) async fn property(&self, element: &Element, name: &str) -> Value {
        self.ask(
            "GET",
            &format!("/element/{}/property/{name}", element.0),
            None,
        )
        .await
        .unwrap_or(Value::Null)
    }

    /// Waits until the page of this element is gone: until then the next one may look alike.
    pub(super) async fn gone(&self, old: &Element) {
        let mut look = tokio::time::interval(LOOK);
        for _ in 0..LOOKS {
            look.tick().await;
            if self.property(old, "isConnected").await.is_null() {
                return;
            }
        }
        panic!("{:?} is still on the same page", self.kind);
    }

    /// The visible text of an element. If the page changes meanwhile, that of the next page's element.
    pub(super) async fn words(&self, css: &str) -> String {
        for _ in 0..LOOKS {
            let element = self.wait(css).await;
            let path = format!("/element/{}/text", element.0);
            match self.ask("GET", &path, None).await {
                Ok(text) => return text.as_str().unwrap().to_owned(),
                Err(problem) => assert!(problem.contains("stale element"), "{problem}"),
            }
        }
        panic!("{:?} changes its page all the time", self.kind);
    }

    /// The focused element.
    pub(super) async fn at(&self) -> Element {
        Element(
            self.ask("GET", "/element/active", None).await.unwrap()[ELEMENT]
                .as_str()
                .unwrap()
                .to_owned(),
        )
    }

    /// The upper and lower edge of an element in the window.
    pub(super) async fn place(&self, element: &Element) -> (f64, f64) {
        let measure = "const r = arguments[0].getBoundingClientRect(); return [r.top, r.bottom]";
        let asked = json!({ "script": measure, "args": [{ ELEMENT: element.0 }] });
        let edges = self.tell("/execute/sync", asked).await.unwrap();
        (edges[0].as_f64().unwrap(), edges[1].as_f64().unwrap())
    }

    /// Whether this word is anywhere in the page: in the visible text, in its source or in a field.
    pub(super) async fn holds(&self, word: &str) -> bool {
        if self.source().await.contains(word) {
            return true;
        }
        for field in self.all("textarea, input[type=text]").await {
            if self
                .property(&field, "value")
                .await
                .as_str()
                .is_some_and(|value| value.contains(word))
            {
                return true;
            }
        }
        false
    }

    /// Saves a screenshot of the whole page.
    pub(super) async fn picture(&self, file: &Path) {
        let png = match self.kind {
            Kind::Firefox => self.ask("GET", "/moz/screenshot/full", None).await.unwrap(),
            Kind::Chromium => self.capture(true).await,
        };
        std::fs::write(file, STANDARD.decode(png.as_str().unwrap()).unwrap()).unwrap();
    }

    /// Saves a screenshot of what Chromium shows without scrolling.
    pub(super) async fn first_screen(&self, file: &Path) {
        let png = self.capture(false).await;
        std::fs::write(file, STANDARD.decode(png.as_str().unwrap()).unwrap()).unwrap();
    }

    async fn capture(&self, whole: bool) -> Value {
        let wanted = json!({ "cmd": "Page.captureScreenshot", "params": { "captureBeyondViewport": whole } });
        self.tell("/goog/cdp/execute", wanted).await.unwrap()["data"].take()
    }

    /// Prints the page, to a file that is thrown away.
    pub(super) async fn print(&self) {
        self.tell("/print", json!({})).await.unwrap();
    }

    /// Ends the browser as its person does. The profile stays.
    pub(super) async fn quit(&self) {
        self.ask("DELETE", "", None).await.unwrap();
    }

    /// What a screen reader gets of the page in Chromium: the role and the name of each node that is not
    /// ignored, in the order of the tree.
    pub(super) async fn accessible(&self) -> Vec<(String, String)> {
        let get = json!({ "cmd": "Accessibility.getFullAXTree", "params": {} });
        let tree = self.tell("/goog/cdp/execute", get).await.unwrap();
        let nodes = tree["nodes"].as_array().unwrap().iter();
        let word = |node: &Value, key: &str| node[key]["value"].as_str().unwrap_or("").to_owned();
        nodes
            .filter(|node| node["ignored"] != true)
            .map(|node| (word(node, "role"), word(node, "name")))
            .collect()
    }

    /// Gives Chromium another screen.
    pub(super) async fn resize(&self, width: u64, height: u64) {
        let params = json!({ "width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 800 });
        let wanted = json!({ "cmd": "Emulation.setDeviceMetricsOverride", "params": params });
        self.tell("/goog/cdp/execute", wanted).await.unwrap();
    }

    /// The width that the page needs.
    pub(super) async fn needed_width(&self) -> u64 {
        let html = self.wait("html").await;
        self.property(&html, "scrollWidth").await.as_u64().unwrap()
    }

    /// The folder of its profile.
    pub(super) fn profile(&self) -> &Path {
        self.profile.path()
    }

    /// The layout width of the page.
    pub(super) async fn width(&self) -> u64 {
        let html = self.wait("html").await;
        self.property(&html, "clientWidth").await.as_u64().unwrap()
    }
}

/// The WebDriver capabilities for Chromium.
fn chromium(profile: &Path, script: bool) -> Value {
    let mut args = vec![format!(
        "--user-data-dir={}",
        profile.join("profile").display()
    )];
    args.extend(
        [
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-sync",
        ]
        .map(str::to_owned),
    );
    args.extend(
        [
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-dev-shm-usage",
        ]
        .map(str::to_owned),
    );
    // As on a phone: the back-forward cache is on, whatever the machine's memory, and a form is not
    // sent again without a prompt.
    args.push("--enable-features=BackForwardCache,BackForwardCacheMemoryControls:memory_threshold_for_back_forward_cache_in_mb/0".to_owned());
    // With script off, ChromeDriver 156 never ends a touch, so it uses the pointer.
    let metrics = json!({ "width": SCREEN.0, "height": SCREEN.1, "pixelRatio": 2.0, "touch": false, "mobile": true });
    let mut options = json!({ "args": args, "excludeSwitches": ["disable-prompt-on-repost"], "mobileEmulation": { "deviceMetrics": metrics } });
    if !script {
        options["prefs"] = json!({ "profile.default_content_setting_values.javascript": 2 });
    }
    json!({ "browserName": "chrome", "goog:chromeOptions": options })
}

/// The WebDriver capabilities for Firefox.
fn firefox(profile: &Path, script: bool) -> Value {
    let profile = profile.join("profile");
    // Headless Firefox would not be narrower than 450 pixels.
    std::fs::create_dir_all(profile.join("chrome")).unwrap();
    std::fs::write(
        profile.join("chrome/userChrome.css"),
        ":root { min-width: 0 !important }",
    )
    .unwrap();
    let prefs = json!({
        "javascript.enabled": script,
        "toolkit.legacyUserProfileCustomizations.stylesheets": true,
        "ui.useOverlayScrollbars": 1,
        "network.captive-portal-service.enabled": false,
        "network.connectivity-service.enabled": false,
    });
    let options = json!({ "binary": "/usr/bin/firefox-esr", "args": ["-headless", "-profile", profile.to_str().unwrap()], "prefs": prefs });
    json!({ "browserName": "firefox", "moz:firefoxOptions": options })
}

/// The descendants of a process.
fn below(process: u32) -> Vec<u32> {
    let parent = |id: u32| -> Option<u32> {
        let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
        stat.rsplit_once(')')?
            .1
            .split_whitespace()
            .nth(1)?
            .parse()
            .ok()
    };
    let ids = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok());
    let all: Vec<(u32, u32)> = ids.filter_map(|id| Some((id, parent(id)?))).collect();
    let mut found = vec![process];
    let mut next = 0;
    while let Some(process) = found.get(next).copied() {
        found.extend(
            all.iter()
                .filter(|(_, parent)| *parent == process)
                .map(|(id, _)| *id),
        );
        next += 1;
    }
    found
}

impl Drop for Phone {
    fn drop(&mut self) {
        let ids: Vec<String> = below(self.driver.id()).iter().map(u32::to_string).collect();
        let _ = Command::new("kill")
            .arg("-KILL")
            .args(&ids)
            .stderr(Stdio::null())
            .status();
        let _ = self.driver.wait();
        // The folder can be deleted once no process writes to it.
        for id in &ids {
            let _ = Command::new("tail")
                .args(["-s", "0.01", "-f", "/dev/null", "--pid", id])
                .status();
        }
    }
}
