"""Texts that several filters are tested on."""

PROSE = (
    "The mill is old and stands by the river. Nobody knows who built it. It is still at work today! "
    "Why was it kept when all the others were closed? The town wanted it so.\n"
)

# Sound, in scripts and with signs that look like damage or hide something elsewhere.
SOUND = [
    "Un café à la crème, s'il vous plaît « très » chaud… L’été sera là à Noël.",
    "Größe, Äpfel, Übermut – „so“ sagt’s man.",
    "Não há ninguém em São João; é só você.",
    "„Typická“ návštěva: Váš hlášení tudíž prohlížení, ÚŠKLEBEK. Škodci môžu prenášať.",
    "我爱北京天安门。",
    "نمی\u200cخواهم کتاب\u200cهای من",
    "Привет, мир",
    "The flag of Scotland is \U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f, as you know.",
]
