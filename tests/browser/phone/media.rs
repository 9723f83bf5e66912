//! Screens, styles and saved files of a browser.

use std::path::Path;

use serde_json::json;

use super::Phone;

impl Phone {
    /// Switches Chromium to a dark screen: by the person's choice, or `forced` on every page, as phones
    /// do it.
    pub(in crate::browser) async fn darken(&self, forced: bool) {
        let (cmd, params) = match forced {
            true => (
                "Emulation.setAutoDarkModeOverride",
                json!({ "enabled": true }),
            ),
            false => (
                "Emulation.setEmulatedMedia",
                json!({ "features": [{ "name": "prefers-color-scheme", "value": "dark" }] }),
            ),
        };
        let wanted = json!({ "cmd": cmd, "params": params });
        self.tell("/goog/cdp/execute", wanted).await.unwrap();
    }

    /// Shows the page as it is printed, or as on the screen again.
    pub(in crate::browser) async fn as_printed(&self, printed: bool) {
        let media = if printed { "print" } else { "" };
        let wanted = json!({ "cmd": "Emulation.setEmulatedMedia", "params": { "media": media } });
        self.tell("/goog/cdp/execute", wanted).await.unwrap();
    }

    /// Lets Chromium save files into a folder.
    pub(in crate::browser) async fn save_into(&self, folder: &Path) {
        let params = json!({ "behavior": "allow", "downloadPath": folder });
        let wanted = json!({ "cmd": "Page.setDownloadBehavior", "params": params });
        self.tell("/goog/cdp/execute", wanted).await.unwrap();
    }

    /// The computed value of a property of the style of an element.
    pub(in crate::browser) async fn style(&self, css: &str, name: &str) -> String {
        let element = self.wait(css).await;
        let path = format!("/element/{}/css/{name}", element.0);
        let value = self.ask("GET", &path, None).await.unwrap();
        value.as_str().unwrap_or_default().to_owned()
    }
}
