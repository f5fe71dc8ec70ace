/** One style sheet for all pages: light and dark by the system, down to 320 px. The colours are the console's. */
export const STYLES = `
:root { color-scheme: light dark;
  --sheet: light-dark(#fdfdfb, #151310); --raised: light-dark(#fff, #1d1b18); --well: light-dark(#f6f4f1, #100e0c);
  --line: light-dark(#e3e0db, #2e2b27); --control: light-dark(#8a857e, #75716b);
  --ink: light-dark(#1f1914, #f0eeeb); --soft: light-dark(#524c46, #bab7b2); --faint: light-dark(#68625b, #9e9b95);
  --accent: light-dark(#005b78, #77cde1); --accent-strong: light-dark(#00455f, #9ee1ef); --on-accent: light-dark(#f9fdfd, #011720);
  --good: light-dark(#155f34, #7dd89a); --good-fill: light-dark(#25975b, #3daa6d);
  --warn: light-dark(#7d4b0b, #f2c26f); --warn-fill: light-dark(#c97f14, #df9c32); --warn-wash: light-dark(#fef1d7, #37250e);
  --bad: light-dark(#a72120, #ff9892); --bad-fill: light-dark(#d73431, #ee5552); --mute-fill: light-dark(#908b84, #75716b);
  font: 14px/1.57 Inter, ui-sans-serif, system-ui, "Segoe UI", sans-serif; }
* { box-sizing: border-box; }
body { margin: 0; background: var(--sheet); color: var(--ink); overflow-wrap: anywhere; accent-color: var(--accent); }
p, h1, h2, h3, ul, ol, dl, dd, pre { margin: 0; padding: 0; } ul, ol { list-style: none; }
a { color: var(--accent); text-underline-offset: 3px; } :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px; border-radius: 4px; }
header { display: flex; flex-wrap: wrap; align-items: center; column-gap: 24px; min-height: 52px; padding-inline: clamp(16px, 3vw, 40px);
  background: var(--warn-wash); border-bottom: 1px solid var(--line); }
.brand { font-weight: 620; } .aside { margin-left: auto; color: var(--soft); font-size: 13px; }
nav { display: flex; gap: 18px; align-self: stretch; }
nav a { display: flex; align-items: center; min-height: 40px; color: var(--soft); text-decoration: none; border-bottom: 2px solid transparent; }
nav a[aria-current] { color: var(--ink); font-weight: 600; border-color: var(--accent); }
main { max-width: 1240px; margin: 0 auto; padding: 28px clamp(16px, 3vw, 40px) 64px; display: grid; gap: 28px; }
h1 { font-size: 15px; font-weight: 620; } h2 { font-size: 15px; font-weight: 620; } h3 { font-size: 14px; font-weight: 600; }
.soft { color: var(--soft); } .small { font-size: 13px; } .faint { color: var(--faint); font-size: 13px; }
.sr { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.answer { display: grid; grid-template-columns: auto minmax(0, 1fr) auto; gap: 4px 20px; align-items: center; }
.answer .line { font-size: 28px; line-height: 34px; font-weight: 620; letter-spacing: -.02em; text-wrap: balance; }
.ring { width: 56px; height: 56px; } .ring text { font: 620 17px Inter, system-ui, sans-serif; font-variant-numeric: tabular-nums; }
.ring.good { color: var(--good); } .ring.warn { color: var(--warn); } .ring.calm { color: var(--faint); }
.panel { background: var(--raised); border: 1px solid var(--line); border-radius: 10px; padding: 16px 18px; min-width: 0; display: grid; gap: 10px; align-content: start; }
h2 .faint { font-weight: 400; } .note { border-color: var(--accent); }
.columns { display: grid; grid-template-columns: minmax(0, 1fr) 328px; gap: 28px 24px; align-items: start; }
.stack { display: grid; gap: 16px; min-width: 0; } .pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 16px; }
.switches li { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 16px; align-items: center; padding-block: 8px; }
.switches form { display: contents; } .switches select { grid-column: 1 / -1; margin-top: 6px; }
.switch { width: 38px; height: 24px; padding: 0; border-radius: 12px; background: var(--well); border: 1px solid var(--control); position: relative; min-height: 24px; }
.switch::after { content: ""; position: absolute; top: 3px; left: 3px; width: 16px; height: 16px; border-radius: 50%; background: var(--mute-fill); }
.switch[aria-checked="true"] { background: var(--warn-fill); border-color: var(--warn); }
.switch[aria-checked="true"]::after { left: 17px; background: #fff; }
.folds { padding: 0; gap: 0; } .folds > details { padding: 0 18px; } .folds > details + details { border-top: 1px solid var(--line); }
summary { cursor: pointer; display: flex; gap: 8px; align-items: center; min-height: 40px; font-weight: 600; }
summary::-webkit-details-marker { display: none; }
summary::before { content: ""; flex: none; width: 7px; height: 7px; border: solid var(--faint); border-width: 0 1.5px 1.5px 0; transform: rotate(-45deg); margin-right: 3px; }
details[open] > summary::before { transform: rotate(45deg); }
summary span { color: var(--faint); font-weight: 400; font-size: 13px; } summary .count { margin-left: auto; white-space: nowrap; font-variant-numeric: tabular-nums; }
details > .inner { scroll-margin-top: 48px; padding-bottom: 14px; display: grid; gap: 10px; } .inner details { border-top: 1px solid var(--line); }
.fault { display: grid; gap: 6px; padding-block: 10px; border-top: 1px solid var(--line); }
.fault form { display: flex; flex-wrap: wrap; gap: 6px; } .fault.on h3::after { content: " · on"; color: var(--bad); }
button, input, select { font: inherit; font-size: 13px; color: inherit; min-height: 32px; padding: 4px 11px; border-radius: 7px; border: 1px solid var(--control); background: var(--raised); }
button { cursor: pointer; font-weight: 560; } button:hover { border-color: var(--ink); } input, select { flex: 1 1 8rem; min-width: 0; max-width: 100%; }
.primary { background: var(--accent); border-color: var(--accent); color: var(--on-accent); min-height: 36px; } .primary:hover { background: var(--accent-strong); }
.acts { display: flex; flex-wrap: wrap; gap: 6px; }
.time b { font-size: 22px; font-weight: 620; font-variant-numeric: tabular-nums; margin-right: 6px; }
dl { display: grid; grid-template-columns: minmax(6rem, auto) minmax(0, 1fr); gap: 4px 16px; } dt { color: var(--faint); } dd { min-width: 0; }
.columns aside dl { grid-template-columns: minmax(0, 1fr); gap: 0; } .columns aside dd { margin-bottom: 6px; }
pre, code { font: 13px/1.55 ui-monospace, "Cascadia Code", Menlo, Consolas, monospace; } pre { white-space: pre-wrap; }
pre.panel { background: var(--well); }
iframe { width: 100%; height: 32rem; border: 1px solid var(--line); border-radius: 10px; background: #fff; color-scheme: light; }
.events li { display: grid; grid-template-columns: 10px 64px minmax(0, 1fr); gap: 0 12px; padding-block: 8px; font-size: 13px; }
.events li::before { content: ""; width: 9px; height: 9px; margin-top: 6px; border-radius: 50%; background: var(--mute-fill); }
.events li.good::before { background: var(--good-fill); } .events li.bad::before { background: var(--bad-fill); }
.events time { color: var(--faint); font-variant-numeric: tabular-nums; } .events small { display: block; color: var(--faint); font-size: 12.5px; }
.mail { padding: 0; gap: 0; } .mail li + li { border-top: 1px solid var(--line); }
.mail a { display: grid; grid-template-columns: minmax(0, 1fr) auto; gap: 0 16px; padding: 11px 18px; color: inherit; text-decoration: none; }
.mail a:hover { background: var(--well); } .mail b { font-weight: 600; } .mail time, .mail .line { color: var(--faint); font-size: 13px; } .mail .line { grid-column: 1 / -1; }
.scroll { overflow-x: auto; padding: 0; gap: 0; } table { border-collapse: collapse; width: 100%; font-size: 13px; }
th, td { text-align: left; padding: 8px 18px; vertical-align: top; border-bottom: 1px solid var(--line); overflow-wrap: normal; } th { color: var(--faint); font-weight: 500; }
tr:last-child td { border-bottom: 0; }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 12px; padding: 0 8px; font-size: 12px; } .tag.bad { color: var(--bad); border-color: currentColor; }
@media (width < 1100px) { .columns { grid-template-columns: minmax(0, 1fr); } }
@media (width < 760px) { .pair, dl { grid-template-columns: minmax(0, 1fr); } dl { gap: 0; } dd { margin-bottom: 6px; } .folds > details > summary > span:not(.count) { display: none; } .aside { display: none; } .brand { width: 100%; padding-top: 10px; }
  .answer { grid-template-columns: auto minmax(0, 1fr); align-items: start; } .answer > form { grid-column: 1 / -1; } .answer .line { font-size: 22px; line-height: 28px; } .ring { width: 44px; height: 44px; }
  button, input, select { min-height: 40px; } .switch { min-height: 24px; } .mail a { grid-template-columns: minmax(0, 1fr); } iframe { height: 24rem; } }
`
