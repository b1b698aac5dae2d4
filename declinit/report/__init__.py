"""The page of a policy: what `declinit report` writes, one HTML file with pictures.

    plan, audit, values -> results (a `Result`) -> pages (one, or two side by side) -> str

extras      the packages of `declinit[report]`, and what to say without them
frames      where the bins of a variable's histogram lie
histograms  counting values into bins, piece by piece
densities   what a distribution puts into each bin, exactly
results     `Result`: what a policy came to on a model
rules       the variables of each rule, with their numbers together
stddevs     expected and measured standard deviations, as words
sentences   a policy in words
tables      rules and variables, as tables of a layout
sparklines  a small picture a variable, made by hand
pictures    a picture a rule, made by Matplotlib
figures     Matplotlib's SVG, which follows the colours of its page
signals     signals by depth, on one picture
overlays    two policies over each other
sections    the parts of a page
pages       the page itself: of one policy, or of two
markup      its HTML, made by Jinja2
templates/  its template, its style and its script
"""
