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
    let left_out = match dispersion.blocks_left_out {
        0 => String::new(),
        left_out => format!(
            " {} left out, because machines came, went or got another target then.",
            display::counted(left_out, "block was", "blocks were"),
        ),
    };
    let counted = match (dispersion.blocks, dispersion.blocks_left_out) {
        (0, 0) => "No block of eight windows holds enough shares.".into(),
        (0, _) => left_out.trim_start().into(),
        _ => counted + &left_out,
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
