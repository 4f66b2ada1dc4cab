namespace CrossPT.Prompting.Language;

/// <summary>
/// What a sentence says and how: <c>the SUBJECT do[es] VERB a|some OBJECT , so [not] MOOD .</c>, or its mood first.
/// </summary>
/// <param name="Subject">Who acts.</param>
/// <param name="IsMany">Whether the subject is more than one.</param>
/// <param name="Verb">What is done.</param>
/// <param name="Agrees">Whether "do" has the form for the subject's number.</param>
/// <param name="Object">To whom.</param>
/// <param name="IsObjectMany">Whether that is more than one.</param>
/// <param name="Mood">A word of a good or bad mood.</param>
/// <param name="IsNegated">Whether "not" turns it round.</param>
/// <param name="MoodFirst">Whether the mood comes first.</param>
internal sealed record Sentence(
    Inflected Subject, bool IsMany, string Verb, bool Agrees, Inflected Object, bool IsObjectMany, string Mood,
    bool IsNegated, bool MoodFirst)
{
    public string Text
    {
        get
        {
            string acts = $"the {Subject.For(IsMany)} {(IsMany == Agrees ? "do" : "does")} {Verb}";
            string body = $"{acts} {(IsObjectMany ? "some" : "a")} {Object.For(IsObjectMany)}";
            string mood = IsNegated ? $"so not {Mood}" : $"so {Mood}";
            return MoodFirst ? $"{mood} , {body} ." : $"{body} , {mood} .";
        }
    }
}
