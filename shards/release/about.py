"""What only the publisher of a release can say of it: the answers to the questions that the pipeline leaves open."""

from pydantic import BaseModel, Field


class About(BaseModel, frozen=True, extra="forbid"):
    """The publisher's answers; the description of each ends with its question."""

    purpose: str = Field("", description="your answer: For what was the data set made, by whom, and who paid for it?")
    uses: str = Field("", description="your answer: For which uses is it meant, and for which is it not?")
    personal_data: str = Field(
        "",
        description="your answer: Which personal data remains, on what legal basis, and who answers requests about it?",
    )
    consent: str = Field(
        "", description="your answer: Who was told of the collection, and how may consent be withdrawn?"
    )
    review: str = Field("", description="your answer: Which people have looked at a sample, with what result?")
    biases: str = Field(
        "",
        description="your answer: Which groups, places or views are under-represented, and how was that measured?",
    )
    answering: str = Field(
        "", description="your answer: Within how many days are rights holders and suppliers answered?"
    )
    removal: str = Field(
        "",
        description="your answer: Within how many days do holders of copies remove what later tombstones name?",
    )
    maintenance: str = Field(
        "",
        description="your answer: Who maintains it, how often is it renewed, and how long are earlier releases kept?",
    )
