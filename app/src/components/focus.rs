use leptos::{html::ElementType, prelude::*, wasm_bindgen::JsCast, web_sys::HtmlElement};

/// For an element that takes the focus as it appears: what had it before may be gone, and a reader of the keyboard
/// would start again from the top. The element needs `tabindex="-1"`.
pub fn focused_when_shown<E>() -> NodeRef<E>
where
    E: ElementType + 'static,
    E::Output: AsRef<HtmlElement> + JsCast + Clone + 'static,
{
    let node = NodeRef::<E>::new();
    Effect::new(move |_| {
        if let Some(element) = node.get() {
            let element: &HtmlElement = element.as_ref();
            _ = element.focus();
        }
    });
    node
}
