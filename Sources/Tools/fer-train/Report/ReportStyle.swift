import FermToolSupport

/// How a report looks: on wide and narrow screens, light and dark, and on paper.
enum ReportStyle {
  static let sheet = """
    :root{--paper:#fff;--ink:#222;--faint:#666;--line:#ddd;--soft:#f4f4f1;--mark:#1f5fbf}
    *{box-sizing:border-box}
    body{margin:0 auto;max-width:70rem;padding:1rem;background:var(--paper);color:var(--ink);
    font:16px/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
    h1{font-size:1.5rem;line-height:1.25;margin:.5rem 0}
    h2{font-size:1.15rem;margin:0 0 .6rem;padding-top:.9rem;border-top:1px solid var(--line)}
    h3{font-size:1rem;margin:1.2rem 0 .4rem}
    p{margin:.4rem 0;max-width:46rem}
    section{margin:1.6rem 0}
    nav{display:flex;flex-wrap:wrap;gap:.2rem 1rem;margin:.8rem 0}
    a{color:var(--mark)}
    .faint,footer{color:var(--faint)}
    footer{border-top:1px solid var(--line);padding-top:.6rem;font-size:.85rem}
    pre{white-space:pre-wrap;background:var(--soft);padding:.6rem .8rem;margin:.6rem 0;font-size:.85rem}
    .wide{overflow-x:auto}
    .columns{display:flex;flex-wrap:wrap;gap:0 3rem}
    table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.92rem;margin:.4rem 0}
    th,td{padding:.22rem .8rem .22rem 0;border-bottom:1px solid var(--line);text-align:left;vertical-align:top;
    overflow-wrap:normal}
    th{font-weight:600;color:var(--faint)}
    .n{text-align:right}
    td.n,.interval{white-space:nowrap}
    .views td{padding:.15rem .3rem .15rem 0;vertical-align:middle;border:0}
    .views th{padding:.15rem .3rem .15rem 0;border:0;font-weight:400;font-size:.75rem;line-height:1.2}
    .views img{width:48px;height:48px}
    dl{display:grid;grid-template-columns:max-content 1fr;gap:.15rem 1.2rem;margin:.4rem 0}
    dt{color:var(--faint)}
    dd{margin:0}
    .tiles{display:flex;flex-wrap:wrap;gap:.8rem;margin:.6rem 0}
    .tiles div{background:var(--soft);padding:.6rem .9rem;border-radius:.4rem}
    .tiles b{display:block;font-size:1.5rem;line-height:1.2}
    .tiles span{color:var(--faint);font-size:.85rem}
    .settings td:first-child{min-width:8rem}
    .charts{display:flex;flex-wrap:wrap;gap:1rem}
    .charts svg{flex:1 1 20rem;max-width:30rem;height:auto;min-width:0}
    .matrix{overflow-x:auto}
    .matrix svg{height:auto;max-width:100%;min-width:27rem}
    .bar{display:block;height:.7rem;margin:.4rem 0;background:var(--mark);opacity:.65;min-width:1px}
    .bars td:last-child{width:30%;min-width:6rem}
    .faces{display:grid;grid-template-columns:repeat(auto-fill,minmax(7.5rem,1fr));gap:.9rem .8rem;margin:.5rem 0}
    figure{margin:0;font-size:.82rem;line-height:1.3}
    figure img{display:block;width:96px;height:96px;object-fit:contain;margin-bottom:.2rem}
    figure .faint{font-size:.75rem}
    @media (max-width:30rem){
    body{padding:.7rem;font-size:15px}
    dl{grid-template-columns:1fr;gap:0}
    dd{margin-bottom:.35rem}
    .interval{display:block}
    .faces{grid-template-columns:repeat(auto-fill,minmax(6.4rem,1fr))}
    }
    @media screen and (prefers-color-scheme:dark){
    :root{--paper:#16181b;--ink:#dcdcdc;--faint:#9a9a9a;--line:#34373c;--soft:#202327;--mark:#7fb2ff}
    \(ChartColour.rules)
    }
    @media print{
    body{max-width:none;padding:0;font-size:10pt}
    nav{display:none}
    h2,h3{break-after:avoid}
    svg,figure,tr,.tiles,dl{break-inside:avoid}
    .wide,.matrix{overflow:visible}
    .curves svg{flex-basis:30%}
    .bar,.tiles div,svg{print-color-adjust:exact;-webkit-print-color-adjust:exact}
    }
    """
}
