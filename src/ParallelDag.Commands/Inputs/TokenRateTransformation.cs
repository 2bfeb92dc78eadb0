using System.Management.Automation;
using ParallelDag.Units;

namespace ParallelDag.Commands.Inputs;

/// <summary>Tokens a second: a text such as '0.5 tokens/ms', or a number.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TokenRateTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object? Transform(EngineIntrinsics engineIntrinsics, object? inputData)
    {
        object? bare = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        return bare switch
        {
            null => null,
            string text when Quantity.TryParseTokenRate(text, out double rate) && rate > 0 => rate,
            not string when LanguagePrimitives.TryConvertTo(bare, out double number) && number > 0 && double.IsFinite(number) => number,
            _ => throw new ArgumentTransformationMetadataException(
                $"'{bare}' is no rate above 0; write '0.5 tokens/ms' or a number of tokens a second."),
        };
    }
}
