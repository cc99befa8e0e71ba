//! A worker of either role: what `Coordinator` and `hash` say, as messages.

use js_sys::{Array, ArrayBuffer, Uint8Array};
use pow_wasm::{Broken, Coordinator, Post, hash};
use std::{cell::RefCell, rc::Rc};
use wasm_bindgen::{JsCast, JsValue, closure::Closure, throw_str, throw_val};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent, MessagePort};

/// Says that it is ready, and waits to be told its role.
pub fn run() {
    let scope: DedicatedWorkerGlobalScope = js_sys::global().unchecked_into();
    let own = scope.clone();
    let first = Closure::once_into_js(move |event: MessageEvent| {
        let ports = event.ports().unchecked_into::<Array>().into_iter();
        let ports: Vec<MessagePort> = ports.map(JsCast::unchecked_into).collect();
        match event.data().as_string().as_deref() {
            Some("coordinator") => coordinate(&own, ports),
            Some("hasher") => ports.into_iter().for_each(|port| serve(&port)),
            // Raised in the page as the worker's error event, as everything thrown here is.
            _ => throw_str("The page named no role."),
        }
    });
    scope.set_onmessage(Some(first.unchecked_ref()));
    page(&scope, "ready");
}

fn coordinate(scope: &DedicatedWorkerGlobalScope, ports: Vec<MessagePort>) {
    let coordinator = Rc::new(RefCell::new(Coordinator::new(ports.len())));
    let ports = Rc::new(ports);
    for (hasher, port) in ports.iter().enumerate() {
        let (scope, coordinator, ports) = (scope.clone(), coordinator.clone(), ports.clone());
        port.set_onmessage(Some(&handler(move |event| {
            let hashes = bytes(&event.data()).unwrap_or_default();
            let posts = coordinator.borrow_mut().hashed(hasher, &hashes);
            post(&scope, &ports, posts);
        })));
    }
    let own = scope.clone();
    scope.set_onmessage(Some(&handler(move |event| {
        let data = event.data();
        let posts = match bytes(&data) {
            Some(chunk) => coordinator.borrow_mut().chunk(&chunk),
            None => {
                let order = data.as_string().unwrap_or_default();
                coordinator.borrow_mut().order(&order)
            }
        };
        post(&own, &ports, posts);
    })));
}

/// Hashes what comes through the port.
fn serve(port: &MessagePort) {
    let own = port.clone();
    port.set_onmessage(Some(&handler(move |event| {
        let batch = bytes(&event.data()).unwrap_or_default();
        hand_over(&own, &hash(&batch).unwrap_or_else(raise));
    })));
}

fn post(
    scope: &DedicatedWorkerGlobalScope,
    ports: &[MessagePort],
    posts: Result<Vec<Post>, Broken>,
) {
    for post in posts.unwrap_or_else(raise) {
        match post {
            Post::Page(json) => page(scope, &json),
            Post::Hasher(hasher, batch) => {
                let port = ports.get(hasher);
                port.into_iter().for_each(|port| hand_over(port, &batch));
            }
        }
    }
}

fn page(scope: &DedicatedWorkerGlobalScope, text: &str) {
    let posted = scope.post_message(&JsValue::from_str(text));
    posted.unwrap_or_else(|error| throw_val(error));
}

fn hand_over(port: &MessagePort, bytes: &[u8]) {
    let buffer = Uint8Array::from(bytes).buffer();
    let posted = port.post_message_with_transferable(&buffer, &Array::of1(&buffer));
    posted.unwrap_or_else(|error| throw_val(error));
}

/// Of a message that is an `ArrayBuffer`.
fn bytes(data: &JsValue) -> Option<Vec<u8>> {
    let buffer: &ArrayBuffer = data.dyn_ref()?;
    Some(Uint8Array::new(buffer).to_vec())
}

/// It lives as long as the worker.
fn handler(handle: impl FnMut(MessageEvent) + 'static) -> js_sys::Function {
    Closure::<dyn FnMut(MessageEvent)>::new(handle)
        .into_js_value()
        .unchecked_into()
}

fn raise<T>(broken: Broken) -> T {
    throw_str(broken.0)
}
