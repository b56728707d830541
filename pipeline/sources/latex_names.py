"""What macros and environments of LaTeX take, and which of them are text.

A form has a letter per argument, as pylatexenc reads it: `{` one that must be there, `[` an optional one, `*` a star.
"""

from collections.abc import Mapping


def _forms(listed: Mapping[str, str]) -> dict[str, str]:
    return {name: form for form, names in listed.items() for name in names.split()}


# Whose last argument is text.
SHOWN = _forms(
    {
        "{": "centerline leftline rightline uppercase lowercase MakeUppercase MakeLowercase mbox hbox "
        "underline uline uwave sout st hl so ul emph enquote url path nolinkurl textnormal fbox llap rlap "
        "footnotesize footnotetextsize shortstack tcbox term",
        "[{": "makecell thead caption subcaption subfloat subfigure subtable hyperref boxed",
        "{{": "glslink glsdisp href foreignlanguage hypertarget hyperlink captionof scalebox rotatebox textlang",
        "[{{": "textcolor colorbox",
        "[{{{": "fcolorbox",
        "{[[{": "raisebox",
        "[[{": "makebox framebox",
        "[[[{{": "parbox",
        "{{{": "resizebox multicolumn",
    }
) | {"multirow": "[{[{[{"}
# What stands before the abstract: the paper's metadata, not its text.
FRONT = _forms(
    {
        "[": "footnotemark",
        "[{": "title subtitle author address curraddr urladdr email homepage affiliation altaffiliation affil "
        "institute institution correspondingauthor thanks date received accepted revised published "
        "dedicatory subjclass keywords pacs preprint nocollaboration orcid orcidlink shorttitle "
        "shortauthors titlerunning authorrunning runningtitle runningauthor doiinfo journal altaffilmark "
        "inst tocauthor toctitle authornote corresp ead cortext fntext tnotetext dochead",
        "{{": "collaboration altaffiltext copyrightinfo",
        "{{{{": "issueinfo",
    }
)
# What prints nothing.
SILENT = _forms(
    {
        "": "maketitle tableofcontents listoffigures listoftables appendix hline "
        "centering noindent indent newpage clearpage cleardoublepage today protect null strut raggedright "
        "raggedleft vfill hfill nobreak allowbreak raggedbottom flushbottom fi "
        "else makeglossaries",
        "[": "toprule midrule bottomrule addlinespace printbibliography printindex listoftodos missingfigure "
        "allowdisplaybreaks pagebreak nopagebreak",
        "{": "label pagestyle thispagestyle bibliographystyle nocite pagenumbering hyphenation graphicspath "
        "geometry urlstyle theoremstyle sisetup hypersetup lstset usetikzlibrary stepcounter "
        "refstepcounter setstretch linespread selectlanguage markright phantom hphantom vphantom cline "
        "enlargethispage excludecomment includecomment newlength newdimen newsavebox usebox fontfamily "
        "column message special noalign CJKfamily zihao fontspec setmainfont setsansfont setmonofont "
        "setCJKmainfont setCJKsansfont "
        "fontseries fontshape arraystretch bibliographyfont",
        "[{": "usepackage RequirePackage documentclass documentstyle includesvg includepdf index "
        "sindex bibitem color pagecolor rowcolor cellcolor columncolor captionsetup newcounter",
        "*{": "hspace vspace",
        "{{": "setlength addtolength setcounter addtocounter settowidth markboth fontsize newtheoremstyle "
        "counterwithin addtocontents DeclareUnicodeCharacter numberwithin",
        "[{{": "rule pdfbookmark",
        "{{{": "discretionary IfFileExists definecolor addcontentsline specialrule",
    }
)
# What is left out and counted.
_CITES = (
    "cite citep citet citealp citealt citeauthor citeyear citeyearpar parencite textcite autocite footcite Citet Citep "
    "Cite smartcite supercite fullcite footfullcite Textcite Parencite onlinecite citenum citen citeauthoryear"
)
_REFERENCES = "ref eqref autoref cref Cref vref pageref nameref cpageref Autoref labelcref subref fref Fref"
COUNTED = _forms(
    {
        "*[[{": f"{_CITES} cites",
        "*{": f"{_REFERENCES} gls Gls glspl Glspl acrshort acrlong acrfull ac acp acs acl",
        "[{": "footnote footnotetext thanks endnote sidenote includegraphics marginpar todo tikz",
        "{": "input include bibliography halign",
        "{{": "import subimport crefrange Crefrange",
        "{{{": "ifthenelse",
    }
)
REFERENCES = frozenset(f"{_CITES} {_REFERENCES} cites crefrange Crefrange".split())
NAMES = {  # macros that print a name
    **{name: name for name in ("TeX", "LaTeX", "BibTeX", "XeTeX", "XeLaTeX", "LuaTeX", "LuaLaTeX", "MiKTeX", "pdfTeX")},
    "LaTeXe": "LaTeX2e",
    "AmS": "AMS",
    "AmSTeX": "AMS-TeX",
    "AmSLaTeX": "AMS-LaTeX",
    "eTeX": "e-TeX",
}
# What environments take before their text.
ENVIRONMENTS = _forms(
    {
        "[": "figure figure* table table* itemize enumerate description algorithm algorithm* algorithmic "
        "tcolorbox mdframed abstract proof quoting wrapfloat subfigures subtables theorem lemma "
        "proposition corollary definition remark example conjecture claim sidewaysfigure sidewaystable "
        "note case exercise problem solution question answer axiom fact observation assumption notation "
        "threeparttable tablenotes inparaenum",
        "{": "multicols multicols* spacing otherlanguage otherlanguage* adjustbox thebibliography column "
        "changemargin block exampleblock alertblock tabbing@ CJKfont addmargin",
        "{{": "CJK CJK* adjustwidth list tabularx tabulary",
        "[[[{": "minipage",
        "[[{": "subfigure subtable",
        "[{[{": "wrapfigure wraptable",
        "[[": "SCfigure SCtable frame",
        "[{": "tabular longtable array supertabular xltabular tabu longtabu",
        "{[{": "tabular* tabularx tabulary tblr",
        "{[": "namedstatement",
    }
)
