"""How all pictures look: the style sheet, and colours that people with any colour vision can tell apart.

Colours are those of Okabe and Ito; line styles and markers repeat what colours say.
"""

BLUE, VERMILLION, GREEN, ORANGE = "#0072B2", "#D55E00", "#009E73", "#E69F00"
PURPLE, SKY, BLACK, GREY = "#CC79A7", "#56B4E9", "#000000", "#8A8A8A"
COLOURS = (BLUE, VERMILLION, GREEN, ORANGE, PURPLE, SKY, BLACK)

STYLE = "ionlink.figures"
"""The style sheet that all figures share, as Matplotlib names it."""
