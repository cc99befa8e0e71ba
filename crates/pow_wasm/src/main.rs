//! The worker's messages; see the crate's README.

#[cfg(target_arch = "wasm32")]
mod worker {
    use js_sys::{ArrayBuffer, Uint8Array};
    use pow_wasm::Session;
    use wasm_bindgen::{JsCast, JsValue, closure::Closure};
    use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

    pub fn run() {
        let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
        let page = scope.clone();
        let mut session = Session::new();
        let handler = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            let data = event.data();
            let answer = if let Some(buffer) = data.dyn_ref::<ArrayBuffer>() {
                session.push(&Uint8Array::new(buffer).to_vec())
            } else if data == "end" {
                session.finish()
            } else {
                session = Session::new();
                return;
            };
            match answer {
                Ok(json) => post(&page, &json),
                // Raised in the page as the worker's error event.
                Err(error) => wasm_bindgen::throw_str(&error.to_string()),
            }
        });
        scope.set_onmessage(Some(handler.as_ref().unchecked_ref()));
        // It lives as long as the worker.
        handler.forget();
        post(&scope, "ready");
    }

    fn post(page: &DedicatedWorkerGlobalScope, text: &str) {
        if let Err(error) = page.post_message(&JsValue::from_str(text)) {
            wasm_bindgen::throw_val(error);
        }
    }
}

fn main() {
    #[cfg(target_arch = "wasm32")]
    worker::run();
}
