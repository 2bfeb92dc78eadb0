# Plans on engines, in PowerShell.

BeforeAll {
    . $PSScriptRoot/ModuleUnderTest.ps1
    $scratch = Enter-Scratch
}

AfterAll { Exit-Scratch $scratch }

Describe 'Export-LaunchManifest' {
    It 'writes the files that the command line writes' {
        $files = New-DeploymentPlan ./examples/llama_70b.yaml | Export-LaunchManifest -Engine Vllm -Model org/model -Path ./shell -PassThru
        $files.Name | Should -Be 'llama_70b.sh'
        Get-Content $files | Select-Object -Last 1 |
            Should -Be 'exec vllm serve org/model --tensor-parallel-size 8 --max-model-len 4608 --max-num-seqs 16'
    }

    It 'writes manifests' {
        $file = Export-LaunchManifest -InputObject ./examples/gallery/llmd_wide_ep.yaml -Engine Sglang -Model m -As DisaggregatedSet -Image i -Path ./set -PassThru -WarningAction Ignore
        $file.Name | Should -Be 'llmd_wide_ep.disaggregatedset.yaml'
        Get-Content $file -Raw | Should -Match 'kind: DisaggregatedSet'
    }

    It 'refuses at the key of the plan, a record a reason, and writes nothing' {
        $plan = New-DeploymentPlan ./examples/llm_parallel.yaml
        $plan | Export-LaunchManifest -Engine Vllm -Model m -Path ./never -ErrorVariable faults -ErrorAction SilentlyContinue
        @($faults).Count | Should -Be 3
        $faults[1].Exception.Message | Should -BeLike "*llm_parallel.yaml:21:23: vLLM's experts are whole*"
        Test-Path ./never | Should -BeFalse
    }

    It 'warns where the engine differs' {
        $plan = New-DeploymentPlan ./examples/gallery/llama_405b_tp8_pp2.yaml
        $plan | Export-LaunchManifest -Engine Vllm -Model m -Path ./warned -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*pipelineMessage: scattered*'
    }

    It 'says that Megatron serves nothing' {
        New-DeploymentPlan ./examples/llama_70b.yaml | Export-LaunchManifest -Engine Megatron -Model m -Path ./none -ErrorVariable faults -ErrorAction SilentlyContinue
        "$faults" | Should -BeLike '*without a server*'
    }
}

Describe 'ConvertFrom-LaunchCommand' {
    It 'makes a plan of lines' {
        $plan = 'vllm serve x \', '  -tp 8 --max-num-seqs 4' |
            ConvertFrom-LaunchCommand -Engine Vllm -Model ./examples/configs/llama-3.1-70b.json -Cluster '8 x H200' -Name mine -WarningAction Ignore
        $plan.Name | Should -Be mine
        $plan.Prefill.Tp | Should -Be 8
        $plan.Cluster.Gpu.Name | Should -Be 'H200-SXM-141GB'
        $plan.Workload.Batch | Should -Be 4
    }

    It 'warns of what it did not understand' {
        $null = 'vllm serve x -tp 8 --turbo' |
            ConvertFrom-LaunchCommand -Engine Vllm -Model ./examples/configs/llama-3.1-70b.json -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike '*not understood: --turbo*'
    }

    It 'refuses <Text>' -ForEach @(
        @{ Text = 'echo hello'; Model = './examples/configs/llama-3.1-70b.json'; Message = '*there is no command of vLLM here*' }
        @{ Text = 'vllm serve x'; Model = $null; Message = '*config.json*' }
    ) {
        $more = if ($Model) { @{ Model = $Model } } else { @{} }
        $Text | ConvertFrom-LaunchCommand -Engine Vllm @more -ErrorVariable faults -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        "$faults" | Should -BeLike $Message
    }
}

Describe 'New-DeploymentPlan -Engine' {
    It 'takes the habits of the engine' {
        $plan = New-DeploymentPlan -Engine Sglang -Model ./examples/configs/deepseek-r1.json -Cluster '32 x H200' -Prefill 'pp4 tp8'
        $plan.Prefill.LayersPerStage | Should -Be 15, 15, 15, 16
        $plan.Prefill.PipelineMessage | Should -Be Scattered
        ($plan | New-DeploymentPlan -Prefill 'pp4 tp8 pipelineMessage=whole').Prefill.PipelineMessage | Should -Be Whole
    }

    It 'completes the engine' { (TabExpansion2 'New-DeploymentPlan -Engine ' 27).CompletionMatches.CompletionText | Should -Contain Vllm }
}
