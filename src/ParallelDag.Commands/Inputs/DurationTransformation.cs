using System.Management.Automation;
using ParallelDag.Units;

namespace ParallelDag.Commands.Inputs;

/// <summary>Makes seconds of what people write for a time: <c>'500 ms'</c>, a <see cref="TimeSpan"/>, or a number of seconds.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class DurationTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? bare = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        switch (bare)
        {
            case null:
                return null;
            case TimeSpan { Ticks: > 0 } span:
                return span.TotalSeconds;
            case string text when Quantity.TryParseDuration(text, out double seconds) && seconds > 0:
                return seconds;
            case string:
                throw new ArgumentTransformationMetadataException($"'{bare}' is no time; write '500 ms', '2 s' or a number of seconds.");
            default:
                return LanguagePrimitives.TryConvertTo(bare, out double number) && number > 0 && double.IsFinite(number) ? number
                    : throw new ArgumentTransformationMetadataException($"'{bare}' is no time above 0; write '500 ms' or seconds.");
        }
    }
}
