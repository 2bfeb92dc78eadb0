using ParallelDag.Looks;

namespace ParallelDag.Pictures.Canvas;

/// <summary>The colours of what GPUs do.</summary>
internal static class ActivityInk
{
    private static readonly Ink[] Inks =
        [.. Enum.GetValues<Activity>().Select(activity => new Ink("a-" + activity.ToString().ToLowerInvariant(), Theme.Of(activity)))];

    /// <summary>The colour of an activity.</summary>
    public static Ink Of(Activity activity) => Inks[(int)activity];

    /// <summary>Draws a stretch of an activity; waiting is hatched.</summary>
    public static void Draw(this Activity activity, Sheet sheet, Box box) =>
        sheet.Add(new RectMark(box, Of(activity), null, 1, 0) { Hatched = activity == Activity.Idle });
}
