//! The keyboard of a browser.

use serde_json::{Value, json};

use super::Phone;

impl Phone {
    /// Presses keys, one after the other, without a pointer.
    pub(in crate::browser) async fn press(&self, keys: &str) {
        let strokes: Vec<Value> = keys
            .chars()
            .flat_map(|key| ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key })))
            .collect();
        let hands = json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] });
        self.tell("/actions", hands).await.unwrap();
    }

    /// Presses a key while Ctrl is down: one press.
    pub(in crate::browser) async fn press_with_ctrl(&self, key: char) {
        const CTRL: char = '\u{e009}';
        let strokes: Vec<Value> = [
            ("keyDown", CTRL),
            ("keyDown", key),
            ("keyUp", key),
            ("keyUp", CTRL),
        ]
        .into_iter()
        .map(|(kind, key)| json!({ "type": kind, "value": key }))
        .collect();
        let hands = json!({ "actions": [{ "type": "key", "id": "keys", "actions": strokes }] });
        self.tell("/actions", hands).await.unwrap();
    }

    /// Sends the page a key that no driver can press: with AltGr, or while a text is being composed.
    /// `with` are fields of a `KeyboardEventInit` (W3C UI Events).
    pub(in crate::browser) async fn key_event(&self, key: char, with: Value) {
        let script = "document.body.dispatchEvent(new KeyboardEvent('keydown', \
            Object.assign({ key: arguments[0], bubbles: true, cancelable: true }, arguments[1])))";
        let run = json!({ "script": script, "args": [key, with] });
        self.tell("/execute/sync", run).await.unwrap();
    }
}
