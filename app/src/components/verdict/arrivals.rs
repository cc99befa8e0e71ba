use super::statistics::TestHead;
use crate::display;
use api::Dispersion;
use leptos::prelude::*;

/// Whether the shares came at random.
#[component]
pub fn Arrivals(dispersion: Dispersion) -> impl IntoView {
    let blocks = display::counted(dispersion.blocks, "block", "blocks");
    let counted = format!(
        "Variance over mean is {}, in {blocks} of eight windows of {}; chance gives 1.",
        display::millionths(&dispersion.index_millionths),
        display::duration(dispersion.window_ms),
    );
    let counted = if dispersion.blocks == 0 {
        "No block of eight windows holds enough shares.".into()
    } else {
        counted
    };
    view! {
        <div data-testid="test-dispersion" class="test">
            <TestHead
                name="Arrivals: were the times made up?"
                outcome=dispersion.outcome
                p_ppm=dispersion.p_ppm
                alpha_ppm=dispersion.alpha_ppm
                counted
            />
            <p class="note">
                "Honest shares come at random: in windows of equal length their number varies as much as its mean. Well below 1 they come more evenly than chance, as a program makes them; well above, in bursts. It cannot show times that were made up with a good random source or copied from honest shares, and bursts have honest causes too: a network that stalls and catches up, machines that restart together. Too even has none."
            </p>
        </div>
    }
    .into_any()
}
