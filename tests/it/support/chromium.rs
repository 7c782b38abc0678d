//! A real Chromium that a test drives. It is NOT where Chromium comes from: `scripts/setup.sh` is.
//! Invariant: it ends when the pipe to the test is closed, whatever the reason, and its folder goes with it.

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};
use tokio::time::{sleep, timeout};

use super::wait::PATIENCE;

/// Chromium speaks on descriptors 3 and 4, and ends when nobody listens there any more.
const JOIN: &str = "exec \"$@\" 3<&0 4>&1 </dev/null >/dev/null 2>&1";

/// The browsers that are looked for.
const PROGRAMS: [&str; 2] = ["/usr/bin/chromium", "/usr/bin/chromium-browser"];

/// The release of axe-core, as `scripts/axe.sh` fetches it.
const AXE: &str = "axe-core-4.10.3.js";

/// One browser with one tab.
pub(crate) struct Chromium {
    _child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
    session: Option<String>,
    last_id: u64,
    events: VecDeque<Value>,
    _folder: TempDir,
}

/// Where axe-core lies; else why it is not here.
pub(crate) fn axe() -> Result<PathBuf, String> {
    let cache = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from);
    let cache = cache.or_else(|| std::env::home_dir().map(|home| home.join(".cache")));
    let file = cache.ok_or("there is no home directory")?.join("highwater").join(AXE);
    let missing = || format!("{} is missing: run scripts/axe.sh", file.display());
    if file.is_file() { Ok(file) } else { Err(missing()) }
}

impl Chromium {
    /// Starts it, with an empty tab; else why it is not here.
    ///
    /// # Panics
    /// When it is here and does not start.
    pub(crate) async fn start() -> Result<Self, String> {
        let program = PROGRAMS.into_iter().find(|program| Path::new(program).exists());
        let program = program.ok_or("no chromium is installed: run scripts/setup.sh test")?;
        let folder = tempfile::Builder::new().prefix("highwater-chromium-").tempdir().expect("a temporary folder");
        let profile = format!("--user-data-dir={}", folder.path().display());
        let quiet = ["--disable-background-networking", "--disable-component-update", "--no-first-run"];
        let mut child = Command::new("sh")
            .args(["-c", JOIN, "sh", program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"])
            .args(quiet)
            .args(["--remote-debugging-pipe", profile.as_str(), "about:blank"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("sh can be run");
        let to = child.stdin.take().expect("it is piped");
        let from = BufReader::new(child.stdout.take().expect("it is piped"));
        let events = VecDeque::new();
        let mut browser = Self { _child: child, to, from, session: None, last_id: 0, events, _folder: folder };
        let target = browser.call("Target.createTarget", json!({"url": "about:blank"})).await;
        let attach = json!({"targetId": target["targetId"], "flatten": true});
        let session = browser.call("Target.attachToTarget", attach).await;
        browser.session = session["sessionId"].as_str().map(str::to_owned);
        for domain in ["Page", "Runtime", "Log", "Network"] {
            browser.call(&format!("{domain}.enable"), json!({})).await;
        }
        Ok(browser)
    }

    /// One command and its result. Events that come meanwhile are kept.
    ///
    /// # Panics
    /// When the browser refuses it or does not answer.
    pub(crate) async fn call(&mut self, method: &str, parameters: Value) -> Value {
        self.last_id += 1;
        let id = self.last_id;
        let mut command = json!({"id": id, "method": method, "params": parameters});
        if let Some(session) = &self.session {
            command["sessionId"] = json!(session);
        }
        let mut bytes = command.to_string().into_bytes();
        bytes.push(0);
        self.to.write_all(&bytes).await.expect("the browser reads");
        loop {
            let message = self.message(method).await;
            if message["id"] != json!(id) {
                self.events.push_back(message);
                continue;
            }
            assert!(message["error"].is_null(), "{method}: {message}");
            return message["result"].clone();
        }
    }

    async fn message(&mut self, what: &str) -> Value {
        let mut bytes = Vec::new();
        let read = timeout(PATIENCE, self.from.read_until(0, &mut bytes)).await;
        let length = read.unwrap_or_else(|_| panic!("no answer to {what}")).expect("the browser can be read");
        assert!(length > 0, "the browser ended during {what}");
        bytes.pop();
        serde_json::from_slice(&bytes).expect("the browser writes JSON")
    }

    /// Sets the size of the screen, and whether it is a dark one.
    pub(crate) async fn screen(&mut self, width: u32, height: u32, scheme: &str) {
        let metrics = json!({"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500});
        self.call("Emulation.setDeviceMetricsOverride", metrics).await;
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.call("Emulation.setEmulatedMedia", json!({"features": features})).await;
    }

    /// Loads the page anew, and waits until the old one is gone: whatever holds of it would seem to hold of the new one.
    pub(crate) async fn reload(&mut self) {
        self.value("window.before = true; location.reload()").await;
        self.until("the page anew", "!window.before && document.readyState === 'complete'").await;
    }

    /// Opens an address.
    pub(crate) async fn open(&mut self, url: &str) {
        let opened = self.call("Page.navigate", json!({"url": url})).await;
        assert!(opened["errorText"].is_null(), "{url}: {opened}");
        self.until("the document", "document.readyState === 'complete'").await;
    }

    /// The value of an expression, once it is there.
    ///
    /// # Panics
    /// When it throws.
    pub(crate) async fn value(&mut self, expression: &str) -> Value {
        let asked = json!({"expression": expression, "returnByValue": true, "awaitPromise": true});
        let result = self.call("Runtime.evaluate", asked).await;
        assert!(result["exceptionDetails"].is_null(), "{expression}: {}", result["exceptionDetails"]);
        result["result"]["value"].clone()
    }

    pub(crate) async fn text(&mut self, expression: &str) -> String {
        self.value(expression).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    ///
    /// # Panics
    /// After [`PATIENCE`], with what is on the page.
    pub(crate) async fn until(&mut self, what: &str, expression: &str) {
        // While a document is replaced there is nothing to ask.
        let safe = format!("(() => {{ try {{ return Boolean({expression}); }} catch {{ return false; }} }})()");
        let waiting = async {
            while self.value(&safe).await != json!(true) {
                sleep(Duration::from_millis(50)).await;
            }
        };
        if timeout(PATIENCE, waiting).await.is_err() {
            let page = self.text("location.search + '\\n' + document.body.innerText").await;
            panic!("waited in vain for {what}: {expression}\n{page}");
        }
    }

    /// Presses a key as a keyboard would: `Enter`, `Escape`, `ArrowDown` or a letter.
    pub(crate) async fn press(&mut self, key: &str) {
        let code = match key {
            "Enter" => 13,
            "Escape" => 27,
            "ArrowUp" => 38,
            "ArrowDown" => 40,
            _ => 0,
        };
        let text = if key == "Enter" { "\r" } else { key };
        let mut down = json!({"type": "keyDown", "key": key, "windowsVirtualKeyCode": code});
        if key.chars().count() == 1 || key == "Enter" {
            down["text"] = json!(text);
        }
        self.call("Input.dispatchKeyEvent", down).await;
        self.call("Input.dispatchKeyEvent", json!({"type": "keyUp", "key": key, "windowsVirtualKeyCode": code})).await;
    }

    /// Writes into what has the focus.
    pub(crate) async fn write(&mut self, text: &str) {
        self.call("Input.insertText", json!({"text": text})).await;
    }

    /// What axe-core finds wrong with what is shown, one line each.
    pub(crate) async fn inaccessible(&mut self, axe: &Path) -> Vec<String> {
        let source = std::fs::read_to_string(axe).expect("axe-core can be read");
        self.value(&format!("{source};0")).await;
        let found = self.value("axe.run(document, {resultTypes: ['violations']}).then((result) => result.violations.flatMap((rule) => rule.nodes.map((node) => `${rule.id}: ${node.html}: ${node.failureSummary}`)))").await;
        found.as_array().expect("a list").iter().map(ToString::to_string).collect()
    }

    /// A picture of what is shown.
    pub(crate) async fn picture(&mut self) -> String {
        let picture = self.call("Page.captureScreenshot", json!({"format": "png"})).await;
        picture["data"].as_str().expect("a picture").to_owned()
    }

    /// What the browser complained about, and what it asked others than `origin` for.
    pub(crate) async fn complaints(&mut self, origin: &str) -> Vec<String> {
        // Whatever comes before this answer is there.
        self.value("0").await;
        let complaint = |event: &Value| {
            let parameters = &event["params"];
            match event["method"].as_str()? {
                // That there is no fresh report is an answer too, and shown; a slow machine gives it now and then.
                "Log.entryAdded" if parameters["entry"]["text"].as_str()?.contains("status of 503") => None,
                "Log.entryAdded" => Some(parameters["entry"].to_string()),
                "Runtime.consoleAPICalled" => Some(parameters["args"].to_string()),
                "Runtime.exceptionThrown" | "Page.javascriptDialogOpening" => Some(parameters.to_string()),
                "Network.requestWillBeSent" => {
                    let url = parameters["request"]["url"].as_str()?;
                    (!url.starts_with(origin)).then(|| format!("asked for {url}"))
                }
                _ => None,
            }
        };
        self.events.drain(..).filter_map(|event| complaint(&event)).collect()
    }
}
